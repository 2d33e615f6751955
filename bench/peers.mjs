/**
 * netlab against Mininet, in turn on this machine: what it takes until the lab stands, and until it is gone. As a Markdown table.
 *
 *   apt-get install --no-install-recommends mininet bridge-utils python3-pexpect
 *   node bench/peers.mjs [--rounds 3] [--only star:10,chain:10…]                 as root, after `npm run build && npm run native`
 *
 * Both are timed from the start of their process. Mininet's lab has IPv4 alone, netlab's IPv6 as well. Each runs in network and mount
 * namespaces of its own, with a /run of its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { topology, workload } from './generate.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'star:10,chain:10,star:100,chain:100' },
  },
});
const cli = fileURLToPath(new URL('../dist/bin/netlab.cjs', import.meta.url));
const mininet = fileURLToPath(new URL('mininet-lab.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netlab-bench-'));

/** Runs a command where it can do no harm; its output, and how long it took. */
function apart(script, ...words) {
  const setup = `mount -t tmpfs -o mode=0755 tmpfs /run && mount -t sysfs sysfs /sys && ip link set lo up && ${script}`;
  const { status, stdout, stderr } = spawnSync('unshare', ['--net', '--mount', 'sh', '-ec', setup, 'sh', ...words], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}:\n${stderr}`);
  return stdout;
}

/** Milliseconds by `date`: what surrounds the command is not counted. */
const NETLAB = `now() { date +%s%N; }
a=$(now); "$1" "$2" up --quiet "$3" >/dev/null
b=$(now); reaches=true; [ -z "$4" ] || "$1" "$2" ping --quiet -c 1 -l bench $4 >/dev/null || reaches=false
c=$(now); "$1" "$2" down --quiet bench >/dev/null
d=$(now); echo "{\\"up\\": $(((b-a)/1000))e-3, \\"down\\": $(((d-c)/1000))e-3, \\"reaches\\": $reaches}"`;

const tools = {
  netlab(kind, n) {
    const file = join(folder, 'topology.yaml');
    writeFileSync(file, topology(workload(kind, n), 'bench'));
    // A chain longer than a packet lives has no ends that reach each other.
    const ends = n > 60 ? '' : kind === 'star' ? 'n0 10.0.0.1' : 'r0 10.255.0.2 -I 10.255.0.1';
    return JSON.parse(apart(NETLAB, process.execPath, cli, file, ends));
  },
  Mininet: (kind, n) => JSON.parse(apart('exec "$@"', '/usr/bin/python3', mininet, kind, String(n))),
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const ms = (number) => String(Math.round(number));

try {
  const rows = ['| workload | N | tool | up ms | down ms | up ÷ netlab |', '| --- | --: | --- | --: | --: | --: |'];
  for (const [kind, count] of options.only.split(',').map((item) => item.split(':'))) {
    const seen = { netlab: [], Mininet: [] };
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const [tool, measure] of Object.entries(tools)) {
        console.error(`${kind} ${count}: ${tool}, round ${round + 1} of ${options.rounds}`);
        const result = measure(kind, Number(count));
        if (result.reaches === false) throw new Error(`the ends of ${tool}'s ${kind} do not reach each other`);
        seen[tool].push(result);
      }
    }
    for (const [tool, results] of Object.entries(seen)) {
      const ratio = median(results.map(({ up }, round) => up / seen.netlab[round].up));
      const cells = [
        kind,
        count,
        tool,
        ms(median(results.map(({ up }) => up))),
        ms(median(results.map(({ down }) => down))),
      ];
      rows.push(`| ${[...cells, tool === 'netlab' ? '' : `${ratio.toFixed(1)}×`].join(' | ')} |`);
    }
  }
  console.log(
    `Linux ${release().split('-')[0]}, ${cpus().length} CPUs, median of ${options.rounds} rounds\n\n${rows.join('\n')}`,
  );
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
