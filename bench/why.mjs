/**
 * What `netlab why` takes from one node of a star to another one, and to an address that nobody has; from the start of its process.
 *
 *   node bench/why.mjs [NODES…]           as root; 10, 150 and 1000 unless said; after `npm run build && npm run native`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { topology, workload } from './generate.mjs';

const given = process.argv.slice(2).map(Number);
const sizes = given.length > 0 ? given : [10, 150, 1000];
const cli = fileURLToPath(new URL('../dist/bin/netlab.cjs', import.meta.url));
const name = `bench${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'netlab-bench-'));
const file = join(folder, 'topology.yaml');
const ROUNDS = 5;

/** Milliseconds; throws when it does not end as expected. */
function milliseconds(expected, ...words) {
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [cli, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== expected) throw new Error(`netlab ${words.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - begin;
}

const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];
const rounds = (...words) => median(Array.from({ length: ROUNDS }, () => milliseconds(...words))).toFixed(0);

console.log('| nodes | reaches, ms | an address that nobody has, ms |\n| --: | --: | --: |');
try {
  for (const nodes of sizes) {
    writeFileSync(file, topology(workload('star', nodes), name));
    milliseconds(0, 'up', '--quiet', file);
    const words = ['why', '-l', name, 'n0'];
    console.log(`| ${nodes} | ${rounds(0, ...words, 'n7')} | ${rounds(1, ...words, '10.0.99.99')} |`);
    milliseconds(0, 'down', '--quiet', name);
  }
} finally {
  spawnSync(process.execPath, [cli, 'down', '--quiet', name], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
}
