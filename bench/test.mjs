/**
 * What `netlab test` takes in all: the command from its start to its end, with the lab brought up and taken down again.
 *
 *   node bench/test.mjs [ROUNDS] [FILE…]      as root; 5 rounds of topologies/pod-network.yaml unless said
 */
import { spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const [rounds = '5', ...given] = process.argv.slice(2);
const files = given.length > 0 ? given : [path('topologies/pod-network.yaml')];

console.log(`Linux ${release()}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`);
console.log('| topology | checks | least ms | median ms |\n|---|---|---|---|');
for (const file of files) {
  const times = [];
  let checks = 0;
  for (let round = 0; round < Number(rounds); round++) {
    const began = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [
      path('dist/bin/netlab.cjs'),
      'test',
      '--json',
      file,
    ]);
    times.push(performance.now() - began);
    if (status !== 0) throw new Error(`${file}: ${stderr}`);
    checks = JSON.parse(stdout).passed;
  }
  const sorted = times.toSorted((a, b) => a - b);
  const [least, median] = [sorted[0], sorted[Math.floor(sorted.length / 2)]].map((time) => time.toFixed(0));
  console.log(`| ${file.replace(/^.*\//, '')} | ${checks} | ${least} | ${median} |`);
}
