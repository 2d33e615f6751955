/**
 * What a graph of an operator's size takes: `netlab import --routes`, `up`, a ping across its diameter, `down`.
 *
 *   node bench/import.mjs [ROUNDS]           as root; 3 rounds unless said
 *
 * The graph has 754 nodes and 899 links, as Kdl has, the largest of the Topology Zoo, and like there the longest of the shortest paths has
 * 58 hops; test/support/operator-graph.ts makes it from a seed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { distances, neighbours } from '../dist/src/import/graphml/hops.js';
import { KDL, operatorGraphml, operatorLinks } from '../dist/test/support/operator-graph.js';

const rounds = Number(process.argv[2] ?? 3);
const cli = fileURLToPath(new URL('../dist/bin/netlab.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netlab-bench-'));
const lab = `bench${process.pid}`;
const graph = join(folder, 'kdl.graphml');
const file = join(folder, 'kdl.yaml');

function run(...words) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${status}\n${stdout.slice(-2000)}${stderr}`);
  return { seconds: (performance.now() - began) / 1000, stdout };
}

const available = () => Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) / 1024;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const taken = { import: [], up: [], ping: [], down: [], memory: [] };
let routes = 0;
let longest = 0;
try {
  writeFileSync(graph, operatorGraphml(KDL));
  const hops = distances(neighbours(KDL.nodes, operatorLinks(KDL)));
  longest = Math.max(...hops.map((row) => Math.max(...row)));
  const from = hops.findIndex((row) => row.includes(longest));
  const { topology } = JSON.parse(run('import', '--json', '--quiet', '--routes', graph).stdout);
  const nodes = Object.keys(topology.nodes);
  routes = Object.values(topology.nodes).reduce((sum, node) => sum + (node.routes?.length ?? 0), 0);
  for (let round = 0; round < rounds; round++) {
    taken.import.push(run('import', '--quiet', '--routes', '--name', lab, '-o', file, graph).seconds);
    const before = available();
    taken.up.push(run('up', '--quiet', file).seconds);
    try {
      taken.memory.push(before - available());
      const [near, far] = [nodes[from], nodes[hops[from].indexOf(longest)]];
      taken.ping.push(run('ping', '-l', lab, '-c', '1', near, `${far}:lo`).seconds);
    } finally {
      taken.down.push(run('down', lab).seconds);
    }
  }
  const size = (statSync(file).size / 1024 / 1024).toFixed(1);
  console.log(`Linux ${release()}, Node ${process.version}, ${cpus().length} cores; medians of ${rounds}\n`);
  console.log(
    `${KDL.nodes} nodes, ${KDL.links} links, ${routes} routes (${size} MB of YAML), ${longest} hops at most\n`,
  );
  console.log('| import | up | memory | ping across | down |\n|---:|---:|---:|---:|---:|');
  const seconds = (key) => `${median(taken[key]).toFixed(2)} s`;
  console.log(
    `| ${seconds('import')} | ${seconds('up')} | ${median(taken.memory).toFixed(0)} MB | ${seconds('ping')} | ${seconds('down')} |`,
  );
} finally {
  spawnSync(process.execPath, [cli, 'down', '--quiet', lab], { stdio: 'ignore' });
  rmSync(folder, { recursive: true });
}
