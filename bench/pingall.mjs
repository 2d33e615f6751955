/**
 * What `netlab pingall` takes: the whole command, and of it the asking.
 *
 *   node bench/pingall.mjs [ROUNDS]           as root; 5 rounds unless said
 *
 * lan:    N nodes on one bridge, each of which needs N−1 neighbours.
 * spokes: N nodes around a router, with a link each.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 5);
const cli = fileURLToPath(new URL('../dist/bin/netlab.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netlab-bench-'));
const names = (n) => Array.from({ length: n }, (_, i) => `n${i}`);

const TOPOLOGIES = {
  lan: (n) => ({
    nodes: Object.fromEntries(names(n).map((name) => [name, {}])),
    bridges: { lan: { subnet: '10.0.0.0/16', ports: names(n).map((name) => `${name}:eth0`) } },
  }),
  spokes: (n) => ({
    nodes: {
      hub: { forwarding: true },
      ...Object.fromEntries(
        names(n).map((name, i) => [
          name,
          {
            interfaces: { eth0: { addresses: [`10.0.${i}.2/24`] } },
            routes: [{ to: 'default', via: `10.0.${i}.1` }],
          },
        ]),
      ),
    },
    links: names(n).map((name, i) => ({ endpoints: [`hub:e${i}`, `${name}:eth0`] })),
  }),
};

function run(words) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${status}\n${stdout.slice(-2000)}${stderr}`);
  return { ms: performance.now() - began, stdout };
}

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
const rows = [];
try {
  for (const [kind, n] of [
    ['lan', 30],
    ['lan', 100],
    ['lan', 200],
    ['spokes', 100],
  ]) {
    const name = `bench${process.pid}-${kind}${n}`;
    const file = join(folder, `${name}.yaml`);
    const topology = TOPOLOGIES[kind](n);
    if (kind === 'spokes')
      topology.nodes.hub.interfaces = Object.fromEntries(
        names(n).map((_, i) => [`e${i}`, { addresses: [`10.0.${i}.1/24`] }]),
      );
    writeFileSync(file, JSON.stringify({ name, ...topology }));
    run(['up', '--quiet', file]);
    try {
      // The hub of spokes is asked through its first address alone, and is left out.
      const words = ['pingall', '-l', name, '-4', ...names(n)];
      const whole = [];
      const asked = [];
      for (let round = 0; round < rounds; round++) {
        whole.push(run([...words, '-q']).ms);
        const { answered, failed, ms } = JSON.parse(run([...words, '--json']).stdout);
        if (failed !== 0 || answered !== n * (n - 1)) throw new Error(`${failed} pairs of ${name} failed`);
        asked.push(ms);
      }
      rows.push([kind, n, n * (n - 1), median(whole), median(asked), (1000 * median(asked)) / (n * (n - 1))]);
    } finally {
      run(['down', '--quiet', name]);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`Linux ${release()}, ${cpus().length} CPUs, Node ${process.versions.node}, median of ${rounds} rounds\n`);
console.log(
  '| topology | nodes | pairs | command ms | of it asking ms | µs a pair |\n| --- | --: | --: | --: | --: | --: |',
);
for (const [kind, n, pairs, whole, asked, each] of rows)
  console.log(`| ${kind} | ${n} | ${pairs} | ${whole.toFixed(0)} | ${asked.toFixed(0)} | ${each.toFixed(0)} |`);
