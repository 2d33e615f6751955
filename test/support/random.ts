/** Chance that a seed repeats, for all tests that leave something to it. */

/** Numbers from 0 to 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Gives an integer from 0 to less than `below`. */
export type Dice = (below: number) => number;

/** Integers of a seed. */
export function dice(seed: number): Dice {
  const next = random(seed);
  return (below) => Math.floor(next() * below);
}

/** One of a list, which is not empty. */
export function pick<T>(roll: Dice, list: readonly T[]): T {
  return list[roll(list.length)]!;
}

/** From NETLAB_SEED, to see a failure again; else another one each time. */
export const SEED = Number(process.env['NETLAB_SEED'] ?? Date.now() % 1_000_000);

/** `count` moments spread over `duration` milliseconds, each at random within its part. */
export function moments(count: number, duration: number, next = random(SEED)): number[] {
  return Array.from({ length: count }, (_, index) => ((index + next()) / count) * duration);
}
