/** What a single process may use at most: setrlimit(2). Not to be mixed up with `limits`, which bound all of a node together. */

/** A bound; `soft` is what counts, and a process may raise it as far as `hard`. */
export interface Ulimit {
  readonly soft: Bound;
  readonly hard: Bound;
}

export type Bound = number | 'unlimited';

/** By the words of limits.conf(5) and docker, in the order of <sys/resource.h>: the place of each is its number. */
export const ULIMITS = [
  'cpu',
  'fsize',
  'data',
  'stack',
  'core',
  'rss',
  'nproc',
  'nofile',
  'memlock',
  'as',
  'locks',
  'sigpending',
  'msgqueue',
  'nice',
  'rtprio',
  'rttime',
] as const;

export type UlimitName = (typeof ULIMITS)[number];

/** A bound as a number, to compare it. */
export function boundValue(bound: Bound): number {
  return bound === 'unlimited' ? Infinity : bound;
}
