/** Before the lab is configured no check holds; as problem.conf has it some do; as solution.conf has it all do. */
import { configure, verify } from './practice.mjs';

export function observe(lab) {
  configure(lab, 'problem.conf');
  const wrong = verify(lab, 60_000);
  configure(lab, 'solution.conf');
  const right = verify(lab, 60_000);
  const failures = [...right.failures];
  if (wrong.failures.length === 0) failures.push('problem.conf passes, and should not');
  return { total: right.total + 1, failures };
}
