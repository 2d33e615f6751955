/** In each of two networks: every router reaches the other end of each of its links, and the loopback address of every other router. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const options = ['--routes'];

export function observe({ lab, path, inputs, netlab }) {
  const first = reach(lab, path, netlab);
  const other = `${lab}-2`;
  const file = join(inputs, 'Nsfnet.graphml');
  const folder = mkdtempSync(join(tmpdir(), 'netlab-zoo-'));
  const topology = join(folder, 'nsfnet.yaml');
  netlab(['import', ...options, '--name', other, '-o', topology, file]);
  const up = netlab(['up', topology]);
  try {
    if (up.code !== 0) return { total: first.total + 1, failures: [...first.failures, up.stderr] };
    const second = reach(other, file, netlab);
    return { total: first.total + second.total, failures: [...first.failures, ...second.failures] };
  } finally {
    netlab(['down', other]);
    rmSync(folder, { recursive: true });
  }
}

function reach(lab, file, netlab) {
  const { topology } = JSON.parse(netlab(['import', ...options, '--json', file]).stdout);
  const failures = [];
  let total = 0;
  const ping = (from, to) => {
    total++;
    if (netlab(['ping', '-l', lab, '-c', '1', from, to]).code !== 0) failures.push(`${from} does not reach ${to}`);
  };
  for (const { endpoints } of topology.links) {
    ping(endpoints[0].split(':')[0], endpoints[1]);
    ping(endpoints[1].split(':')[0], endpoints[0]);
  }
  for (const from of Object.keys(topology.nodes))
    for (const to of Object.keys(topology.nodes)) if (from !== to) ping(from, `${to}:lo`);
  return { total, failures };
}
