import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  /** Milliseconds; unless said 15,000: a machine that does other things may stand still for seconds. */
  readonly timeout?: number;
  /** What is waited for, for the error's message. */
  readonly what?: string;
}

/**
 * Asks every 10 ms until `condition` gives something true, and returns that: the one way in which a test waits. A condition
 * that throws counts as not yet true; its last words stand in the error when the time is over.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeout = 15_000, what = 'the condition' }: UntilOptions = {},
): Promise<NonNullable<T>> {
  const end = Date.now() + timeout;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== null && value !== false && value !== 0 && value !== '') return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) throw new Error(`${what} did not come true in ${timeout} ms`, { cause: last });
    await sleep(10);
  }
}
