/**
 * What `netlab exec NODE true` takes beyond the start of Node itself, in turns with `node -e 0`.
 *
 *   node bench/exec.mjs [ROUNDS [NODES]]           as root; 40 rounds in a lab of 2 nodes unless said
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { topology, workload } from './generate.mjs';

const [rounds = 40, nodes = 2] = process.argv.slice(2).map(Number);
const cli = fileURLToPath(new URL('../dist/bin/netlab.cjs', import.meta.url));
const name = `bench${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'netlab-bench-'));
const file = join(folder, 'topology.yaml');
const work = workload('chain', nodes);
writeFileSync(file, topology(work, name));

function milliseconds(...words) {
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(String(stderr));
  return performance.now() - begin;
}

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
try {
  milliseconds(cli, 'up', '--quiet', file);
  const node = work.nodes[0].name;
  const words = [cli, 'exec', '-l', name, node, 'true'];
  // The first one starts the node's PID 1.
  milliseconds(...words);
  const bare = [];
  const exec = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(milliseconds('-e', '0'));
    exec.push(milliseconds(...words));
  }
  const [a, b] = [median(bare), median(exec)];
  console.log(
    `node -e 0: ${a.toFixed(1)} ms; exec: ${b.toFixed(1)} ms; ${(b - a).toFixed(1)} ms more (medians of ${rounds})`,
  );
} finally {
  spawnSync(process.execPath, [cli, 'down', '--quiet', name], { stdio: 'inherit' });
  rmSync(folder, { recursive: true, force: true });
}
