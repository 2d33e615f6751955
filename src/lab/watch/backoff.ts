/** How often the same thing is repaired before it is left alone for a while, and at last for good. */

/** So many repairs in quick succession; the next one waits a second, and each after it twice as long. */
const AT_ONCE = 8;
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** The waits of so many repairs add up to two minutes. */
const LAST = 15;
/** What has been quiet for so long begins anew. */
const QUIET_MS = 3_000;

interface Attempts {
  times: number;
  /** How many of the last ones failed. */
  failures: number;
  /** When it may be tried again; Infinity: not before the file is edited. */
  until: number;
}

/** What is to be said about an attempt. */
export interface Verdict {
  readonly times: number;
  /** How many of the last ones failed. */
  readonly failures: number;
  /** For how long it is left alone now; 0: not at all, Infinity: until the file is edited. */
  readonly waitMs: number;
}

/** Counts attempts by key. Times are milliseconds of any clock. */
export class Backoff {
  readonly #attempts = new Map<string, Attempts>();

  /** Whether a thing is to be left alone at the time `now`. */
  isHeld(key: string, now: number): boolean {
    return (this.#attempts.get(key)?.until ?? 0) > now;
  }

  /** Notes an attempt. One that failed is made again at once a single time. */
  note(key: string, now: number, failed = false): Verdict {
    const known = this.#attempts.get(key);
    const quiet = known === undefined || now - known.until > QUIET_MS;
    const times = quiet ? 1 : known.times + 1;
    const failures = failed ? (quiet ? 1 : known.failures + 1) : 0;
    const step = Math.max(times - AT_ONCE, failures - 2);
    const waitMs = times >= LAST ? Infinity : step < 0 ? 0 : Math.min(FIRST_MS * 2 ** step, LONGEST_MS);
    this.#attempts.set(key, { times, failures, until: now + waitMs });
    return { times, failures, waitMs };
  }

  /** When the next thing may be tried again; undefined when nothing waits. */
  next(now: number): number | undefined {
    const times = [...this.#attempts.values()].map(({ until }) => until).filter((at) => at > now && at !== Infinity);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Everything begins anew: the file was edited. */
  clear(): void {
    this.#attempts.clear();
  }
}
