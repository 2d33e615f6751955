/** The checks of a running lab: all side by side, but for those that wait for others. */
import { InterruptedError } from '../errors.ts';
import type { Check, CheckResult } from '../model/check.ts';
import { judge } from './judge.ts';
import { Subject } from './subject.ts';

export interface RunOptions {
  /** Ends the run with InterruptedError. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each result as it is known, in any order. */
  readonly onResult?: ((result: CheckResult) => void) | undefined;
}

/**
 * Tries checks on a running lab. The results stand in the order of the checks.
 * @throws LabError when it does not run; InterruptedError.
 */
export async function runChecks(
  lab: string,
  checks: readonly Check[],
  options: RunOptions = {},
): Promise<CheckResult[]> {
  const { signal = new AbortController().signal, onResult } = options;
  using subject = Subject.open(lab);
  const done = new Map<Check, Promise<CheckResult>>();
  const result = (check: Check): Promise<CheckResult> => {
    const begun = done.get(check) ?? begin(check);
    done.set(check, begun);
    return begun;
  };
  const begin = async (check: Check): Promise<CheckResult> => {
    await Promise.all(checks.filter((each) => each !== check && check.after.includes(each.name)).map(result));
    if (signal.aborted) throw new InterruptedError();
    const found = await judge(check, subject, signal);
    onResult?.(found);
    return found;
  };
  // All are waited for, whatever becomes of one: none shall look into a lab that is being taken down.
  const settled = await Promise.allSettled(checks.map(result));
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}
