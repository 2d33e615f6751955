/** What reports have in common. */
import { formatPlace } from '../../errors.ts';
import type { CheckResult, LabResult } from '../../model/check.ts';

/** One thing that was tested: a check, or that the lab comes up. */
export interface Point {
  readonly name: string;
  readonly passed: boolean;
  readonly milliseconds: number;
  /** Undefined: that the lab comes up. */
  readonly check?: CheckResult;
  /** What was seen. */
  readonly saw: string;
}

/** What a report lists of a lab: its checks, or of one that has none, or did not come up, just that. */
export function pointsOf({ checks, outcome, reason = '', milliseconds }: LabResult): Point[] {
  if (checks.length > 0)
    return checks.map((check) => ({
      name: check.name,
      passed: check.passed,
      milliseconds: check.milliseconds,
      saw: check.saw,
      check,
    }));
  return [{ name: 'comes up', passed: outcome === 'passed', milliseconds, saw: reason }];
}

/** `lab.yaml:12:5`, without the path within the document. */
export function lineOf({ at }: Pick<CheckResult, 'at'>): string {
  return formatPlace({ ...at, path: '' });
}

/** How many labs, and points of labs, came out in each way. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function tally(labs: readonly LabResult[]): Tally {
  const points = labs.filter(({ outcome }) => outcome !== 'skipped').flatMap(pointsOf);
  const passed = points.filter((point) => point.passed).length;
  const skipped = labs.filter(({ outcome }) => outcome === 'skipped').length;
  return { passed, failed: points.length - passed, skipped };
}
