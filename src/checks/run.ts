/** The checks of a running lab: all side by side, but for those that wait for others, and those that change the lab. */
import { InterruptedError } from '../errors.ts';
import type { Check, CheckResult } from '../model/check.ts';
import { judge } from './judge.ts';
import { takeSteps } from './steps.ts';
import { Subject } from './subject.ts';
import { Watched } from './watched.ts';

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
  using run = new Run(checks, subject, signal, onResult ?? (() => {}));
  // All are waited for, whatever becomes of one: none shall look into a lab that is being taken down.
  const together = checks.filter((check) => !run.isLate(check)).map((check) => run.result(check));
  await Promise.allSettled(together);
  for (const check of checks) await Promise.allSettled([run.result(check)]);
  return Promise.all(checks.map((check) => run.result(check)));
}

class Run implements Disposable {
  readonly #checks: readonly Check[];
  readonly #subject: Subject;
  readonly #signal: AbortSignal;
  readonly #onResult: (result: CheckResult) => void;
  readonly #results = new Map<Check, Promise<CheckResult>>();
  readonly #watched: readonly Watched[];

  constructor(
    checks: readonly Check[],
    subject: Subject,
    signal: AbortSignal,
    onResult: (result: CheckResult) => void,
  ) {
    this.#checks = checks;
    this.#subject = subject;
    this.#signal = signal;
    this.#onResult = onResult;
    this.#watched = checks.flatMap((check) =>
      check.claim.kind === 'pcap' && check.claim.during.length > 0 ? [new Watched(check, check.claim, subject)] : [],
    );
  }

  /** Whether a check changes the lab, or waits for one that does: it comes when all the others are done, alone. */
  isLate(check: Check, seen: readonly Check[] = []): boolean {
    if (seen.includes(check)) return false;
    return check.claim.kind === 'steps' || this.#before(check).some((each) => this.isLate(each, [...seen, check]));
  }

  /** What becomes of a check; it is begun when it is first asked for. */
  result(check: Check): Promise<CheckResult> {
    const begun = this.#results.get(check) ?? this.#begin(check);
    this.#results.set(check, begun);
    return begun;
  }

  [Symbol.dispose](): void {
    for (const each of this.#watched) each[Symbol.dispose]();
  }

  /** Those that it waits for. */
  #before(check: Check): Check[] {
    return this.#checks.filter((each) => each !== check && check.after.includes(each.name));
  }

  async #begin(check: Check): Promise<CheckResult> {
    await Promise.all(this.#before(check).map((each) => this.result(each)));
    if (this.#signal.aborted) throw new InterruptedError();
    const result = await this.#try(check);
    this.#onResult(result);
    return result;
  }

  #try(check: Check): Promise<CheckResult> {
    const own = this.#watched.find((each) => each.check === check);
    if (own !== undefined) return own.end();
    for (const each of this.#watched) if (each.concerns(check)) each.begin();
    const { claim } = check;
    return claim.kind === 'steps'
      ? takeSteps(check, claim, this.#subject, this.#signal)
      : judge(check, this.#subject, this.#signal);
  }
}
