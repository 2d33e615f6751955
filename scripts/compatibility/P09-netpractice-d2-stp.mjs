/** With solution.conf the loop is cut by spanning tree; before that the two hosts do not reach each other. */
import { configure, verify } from './practice.mjs';

export function observe(lab) {
  // One packet is enough: in a loop of bridges it never ends.
  const before = lab.netlab(['exec', '-l', lab.lab, 'h1', '--', 'ping', '-c1', '-W1', '10.0.0.2']);
  configure(lab, 'solution.conf');
  const right = verify(lab, 120_000);
  const failures = [...right.failures];
  if (before.code === 0) failures.push('h1 reaches h2 before anything is configured');
  return { total: right.total + 1, failures };
}
