/** One check, tried until it is decided. */
import { InterruptedError, NetlabError } from '../errors.ts';
import type { Check, CheckResult } from '../model/check.ts';
import { Alarm } from '../probe/alarm.ts';
import { diagnose } from './diagnosis.ts';
import { impossible, type Kind, type Try, unfit } from './kind.ts';
import { KINDS, type TriedKind } from './kinds.ts';
import { resultOf, type Verdict } from './result.ts';
import type { Subject } from './subject.ts';

/** What must not hold is watched for so long, and tried at least so often. */
const STRETCH_MS = 1_000;
const STRETCH_TRIES = 3;
/** Between two tries, where the kernel does not call before. */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 250;
/** What must not hold is looked at more often: what comes and goes shall not be missed each time. */
const WATCHFUL_PAUSE_MS = 80;
/** How long the first try waits for an answer, and the others twice as long as the one before. */
const FIRST_TRY_MS = 400;

/**
 * Tries a check until it holds, or `withinMs` is over. One that must not hold passes when it has not held in any try of a whole second
 * (or of `withinMs`, if that is less): at one single moment anything may fail. What cannot be tried passes neither way.
 * @throws InterruptedError
 */
export async function judge(check: Check, subject: Subject, signal: AbortSignal): Promise<CheckResult> {
  const started = performance.now();
  const verdict = await decide(check, subject, signal, started);
  return resultOf(check, verdict, started, verdict.passed ? [] : diagnose(subject, involved(check, subject)));
}

async function decide(check: Check, subject: Subject, signal: AbortSignal, started: number): Promise<Verdict> {
  const { claim, expect, withinMs, broken } = check;
  if (broken !== undefined) return { tries: 0, saw: unfit(broken), passed: false };
  const kind = KINDS[claim.kind as TriedKind] as Kind<never>;
  const deadline = started + withinMs;
  const absence = new Absence(started, Math.min(STRETCH_MS, withinMs));
  using bell = new Bell(kind, claim as never, subject, signal);
  let pause = FIRST_PAUSE_MS;
  const longest = expect === 'fail' ? WATCHFUL_PAUSE_MS : LONGEST_PAUSE_MS;
  let patience = expect === 'fail' ? absence.stretch / STRETCH_TRIES : FIRST_TRY_MS;
  let before: Try | undefined;
  for (let tries = 1; ; tries++) {
    const left = Math.max(1, deadline - performance.now());
    const unhurried = kind.unhurried === true;
    const timeout = unhurried ? left : Math.min(left, patience);
    const seen = await attempt(kind, check, subject, { timeout, signal });
    const now = performance.now();
    if (expect === 'pass' && seen.holds) return { tries, saw: seen.saw, passed: true };
    const isOver = now >= deadline;
    // The end of the time cut this try off; what the one before said tells more.
    const isCut = isOver && !seen.holds && (unhurried || timeout < patience);
    const said = isCut ? (before ?? seen) : seen;
    if (expect === 'fail' && absence.isCertain(said, now, isOver))
      return { tries, saw: `not in ${absence.lasted(now)} ms: ${said.saw}`, passed: true };
    if (isOver) return { tries, saw: failure(check, said), passed: false };
    before = seen;
    await bell.rung(Math.min(Math.max(pause, kind.pause ?? 0), deadline - now));
    pause = Math.min(longest, pause * 1.5);
    if (expect === 'pass') patience *= 2;
  }
}

/** That something does not hold, for a stretch of time. */
class Absence {
  readonly stretch: number;
  readonly #started: number;
  #since: number;
  #misses = 0;

  constructor(started: number, stretch: number) {
    this.#started = started;
    this.#since = started;
    this.stretch = stretch;
  }

  /** Takes one more try; whether all tries of a stretch (at the end of the time: all there were) have missed. */
  isCertain(seen: Try, now: number, isEnd: boolean): boolean {
    if (seen.holds || seen.impossible === true) {
      [this.#since, this.#misses] = [now, 0];
      return false;
    }
    this.#misses += 1;
    if (isEnd && this.#since === this.#started) return true;
    return this.#misses > 1 && now - this.#since >= this.stretch;
  }

  /** For how long it has not held, in milliseconds. */
  lasted(now: number): number {
    return Math.round(now - this.#since);
  }
}

/** What a check that did not come out as it should is told as. */
function failure({ expect, withinMs }: Check, seen: Try): string {
  if (seen.impossible === true) return seen.saw;
  const time = withinMs < 1000 ? `${withinMs} ms` : `${withinMs / 1000} s`;
  if (expect === 'pass') return `${seen.saw} (within ${time})`;
  return seen.holds
    ? `it should not hold: ${seen.saw}`
    : `it should not hold, and did until just now; last: ${seen.saw}`;
}

async function attempt(
  kind: Kind<never>,
  { claim }: Check,
  subject: Subject,
  bounds: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<Try> {
  if (bounds.signal.aborted) throw new InterruptedError();
  try {
    return await kind.attempt(claim as never, subject, bounds);
  } catch (error) {
    if (bounds.signal.aborted) throw new InterruptedError();
    if (error instanceof NetlabError) return impossible(error.message);
    throw error;
  }
}

function involved({ claim, broken }: Check, subject: Subject): readonly string[] {
  if (broken !== undefined) return [];
  try {
    return (KINDS[claim.kind as TriedKind] as Kind<never>).nodes(claim as never, subject);
  } catch {
    return [];
  }
}

/** Ends a pause when the kernel tells of a change that may matter, and when everything is interrupted. */
class Bell implements Disposable {
  readonly #kind: Kind<never>;
  readonly #claim: never;
  readonly #subject: Subject;
  readonly #alarm: Alarm;
  #hush: (() => void) | undefined;
  #rang = false;

  constructor(kind: Kind<never>, claim: never, subject: Subject, signal: AbortSignal) {
    this.#kind = kind;
    this.#claim = claim;
    this.#subject = subject;
    this.#alarm = new Alarm(signal);
  }

  /** Waits; at once if it rang since it was last heard. */
  async rung(milliseconds: number): Promise<void> {
    this.#listen();
    await this.#alarm.until(() => this.#rang, milliseconds);
    this.#rang = false;
  }

  [Symbol.dispose](): void {
    this.#hush?.();
  }

  /** Only for a check that did not hold at once. */
  #listen(): void {
    if (this.#hush !== undefined || this.#kind.hears === undefined) return;
    const ring = (): void => {
      this.#rang = true;
      this.#alarm.ring();
    };
    this.#hush = this.#subject.listen(this.#kind.hears(this.#claim), ring, this.#kind.about?.(this.#claim));
    // What has changed before anybody listened.
    this.#rang = true;
  }
}
