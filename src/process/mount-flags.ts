/** Flags of the mounts that a node's PID 1 has made, and those of them that somebody has taken away: `mount -o remount,rw`. */
import { MS } from './flags.ts';
import { type Mount, ownMounts, reachable, type Resolve } from './mounts.ts';
import type { ProtocolRecord } from './records.ts';

/** As proc_pid_mountinfo(5) calls them. */
const WORDS: readonly (readonly [word: string, flag: number])[] = [
  ['ro', MS.RDONLY],
  ['nosuid', MS.NOSUID],
  ['nodev', MS.NODEV],
  ['noexec', MS.NOEXEC],
];
const ALL = WORDS.reduce((all, [, flag]) => all | flag, 0);

/** A mount that has not all of its flags any more. */
export interface Loosened {
  readonly point: string;
  /** Those that it lacks: `ro`, `nosuid`. */
  readonly lacks: readonly string[];
  /** What gives them back. */
  readonly record: ProtocolRecord;
}

/**
 * The mounts among a node's that have lost flags which the operations of its PID 1 had given them. Of what is bound with all below it only the
 * topmost is looked at. `inherited`: the keeper's, of which each of its nodes has a copy.
 */
export function loosenedMounts(
  operations: readonly ProtocolRecord[],
  resolve: Resolve,
  there: readonly Mount[],
  inherited: readonly Mount[],
): Loosened[] {
  const due = dueFlags(operations, resolve);
  // Of several at one point the last is what is seen.
  const seen = new Map(reachable(ownMounts(there, inherited), there).map((mount) => [mount.point, mount]));
  return [...due].flatMap(([point, flags]): Loosened[] => {
    const options = seen.get(point)?.options.split(',');
    if (options === undefined) return [];
    const lost = WORDS.filter(([word, flag]) => (flags & flag) !== 0 && !options.includes(word));
    if (lost.length === 0) return [];
    return [{ point, lacks: lost.map(([word]) => word), record: ['attributes', point, flags] }];
  });
}

/** The flags of each mount when all operations have been carried out, by where it is; with MS_REC where they are meant for all below it, too. */
function dueFlags(operations: readonly ProtocolRecord[], resolve: Resolve): Map<string, number> {
  const due = new Map<string, number>();
  const set = (target: string | number | undefined, flags: (before: number) => number): void => {
    const point = target === '/' ? '/' : resolve(String(target));
    if (point !== undefined) due.set(point, flags(due.get(point) ?? 0));
  };
  for (const [word, first, second, type, flags] of operations) {
    switch (word) {
      case 'mount':
      case 'mount?':
        if (type !== '') set(second, () => Number(flags) & ALL);
        // What is bound has the flags of its source, whichever these are.
        else if (first !== '') set(second, () => 0);
        break;
      case 'overlay':
        set(first, () => 0);
        break;
      case 'readonly':
        set(first, () => MS.RDONLY);
        break;
      case 'attributes':
        set(first, (before) => (before | (Number(second) & (ALL | MS.REC))) & ~Number(type ?? 0));
        break;
      default:
    }
  }
  return due;
}
