/**
 * What `up` of a lab that runs already costs: once when nothing is to be done, and once when one line of the file has changed.
 *
 *   node bench/again.mjs [--only star:1000,chain:1000] [--rounds 3]     as root
 *
 * Each round makes the lab anew, and the ratios are taken within it: a busy machine slows both sides of the fraction. The changed
 * line is another gateway of one route (star) or another address of one node (chain), and then the file as it was.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { topology, workload } from './generate.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'star:100,chain:100,star:1000,chain:1000' },
    rounds: { type: 'string', default: '3' },
  },
});
const cli = process.env.NETLAB_BENCH_CLI ?? fileURLToPath(new URL('../dist/bin/netlab.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netlab-bench-'));
const name = `bench${process.pid}`;
const file = join(folder, 'topology.yaml');

/** One command: how long it took, and how many changes it says it made. */
function run(...words) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words, '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const milliseconds = performance.now() - started;
  if (status !== 0) throw new Error(`netlab ${words.join(' ')} failed: ${stderr}`);
  return { milliseconds, said: JSON.parse(stdout) };
}

/** `up` of this text, which must find something to do, or nothing. */
function up(text, something) {
  writeFileSync(file, text);
  const { milliseconds, said } = run('up', file);
  if (said.changes.length > 0 !== something) throw new Error(`up made ${said.changes.length} changes`);
  return milliseconds;
}

/** The text with one line changed. */
function changed(lines, from, to) {
  const at = lines.findIndex((line) => line.includes(from));
  if (at < 0) throw new Error(`no line says ${from}`);
  return lines.with(at, lines[at].replace(from, to)).join('\n');
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor((list.length - 1) / 2)];

try {
  console.log('| workload | N | first up ms | no-op ms | one line ms | no-op ÷ first | one line ÷ no-op |');
  console.log('| --- | --: | --: | --: | --: | --: | --: |');
  for (const [kind, n] of options.only.split(',').map((each) => each.split(':'))) {
    const text = topology(workload(kind, Number(n)), name);
    const lines = text.split('\n');
    const [from, to] =
      kind === 'chain' ? ['"10.255.0.1/32"', '"10.255.0.3/32"'] : ['via: "10.0.0.1"', 'via: "10.0.0.9"'];
    const rounds = [];
    for (let round = 0; round < Number(options.rounds); round++) {
      writeFileSync(file, text);
      const first = run('up', file).milliseconds;
      const noops = [up(text, false)];
      const edits = [up(changed(lines, from, to), true), up(text, true)];
      noops.push(up(text, false));
      run('down', name);
      rounds.push({ first, noop: median(noops), line: median(edits) });
    }
    const of = (pick, digits) => median(rounds.map(pick)).toFixed(digits);
    console.log(
      `| ${kind} | ${n} | ${of(({ first }) => first, 0)} | ${of(({ noop }) => noop, 0)} | ${of(({ line }) => line, 0)} | ` +
        `${of(({ noop, first }) => noop / first, 2)}× | ${of(({ line, noop }) => line / noop, 2)}× |`,
    );
  }
} finally {
  spawnSync(process.execPath, [cli, 'down', name], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
}
