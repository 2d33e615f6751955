/** What became of a check, put together. */
import type { Check, CheckResult, NodeDiagnosis } from '../model/check.ts';

/** How a check came out. */
export interface Verdict {
  readonly passed: boolean;
  readonly saw: string;
  readonly tries: number;
}

/** The result of a check that was begun at `started` (of performance.now()) and is decided now. A passed one has no diagnosis. */
export function resultOf(
  { name, at, expect, points, claim: { kind } }: Check,
  { passed, saw, tries }: Verdict,
  started: number,
  diagnosis?: readonly NodeDiagnosis[],
): CheckResult {
  const milliseconds = performance.now() - started;
  const result = { name, kind, at, expect, passed, saw, tries, milliseconds, points };
  return passed || diagnosis === undefined ? result : { ...result, diagnosis };
}
