/** Which faults are tried: all with NETLAB_FAULTS=all; otherwise every k-th, from where NETLAB_SEED says. Without that the same each time. */
import type { Fault } from '../../support/faults/point.ts';
import { faultsOf, type Reached } from './campaign.ts';

export const ALL = process.env['NETLAB_FAULTS'] === 'all';
/** All of them take an hour. */
export const LIMIT_MS = ALL ? 7_200_000 : 300_000;
export const SEED = Number(process.env['NETLAB_SEED'] ?? 1);

/** Some `count` of the points, evenly spread; which, and in which of its ways each fails, is up to the seed. */
export function sample(reached: Reached, count: number): Fault[] {
  const faults = faultsOf(reached, SEED);
  if (ALL || faults.length <= count) return faults;
  const step = faults.length / count;
  const from = SEED % Math.ceil(step);
  return Array.from({ length: count }, (_, i) => faults[Math.min(faults.length - 1, Math.floor(i * step) + from)]!);
}
