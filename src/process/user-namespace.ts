/** The maps of a node's user namespace as the kernel is told them, from where this process stands. */
import { readFileSync } from 'node:fs';

import { SystemError } from '../errors.ts';
import type { Surroundings } from '../model/namespace.ts';
import type { Process } from '../model/process.ts';
import { DEFAULT_RANGE, type IdMaps, type IdRange, outsideOf, parseMap } from '../model/user-namespace.ts';
import { INSIDE, ROOTLESS } from '../state/places.ts';
import type { Owner } from './file-tree.ts';

/** Of a lab that an ordinary user looks into from outside, he makes nothing that is not his own. */
const HERE =
  ROOTLESS && !INSIDE ? { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 } : { uid: 0, gid: 0 };

/** The two kinds of ids. */
export type Kind = 'uid' | 'gid';
const known = new Map<Kind, readonly IdRange[]>();

/** The ids that there are in a lab: all of the machine's for root, fewer in a container and for an ordinary user. */
function ownMap(kind: Kind): readonly IdRange[] {
  const map = known.get(kind) ?? readMap('self', kind);
  known.set(kind, map);
  return map;
}

/** Whether there is an id in a lab, as it is called there. */
export function isInLab(kind: Kind, id: number): boolean {
  return ownMap(kind).some(({ inside, count }) => id >= inside && id < inside + count);
}

function readMap(pid: number | 'self', kind: Kind): IdRange[] {
  return parseMap(readFileSync(`/proc/${pid}/${kind}_map`, 'utf8'));
}

type Asked = Pick<Surroundings, 'isolation' | 'ids'>;

/**
 * What the user namespace of a node maps, in ids of its lab's, where this process stands too; undefined when it has none.
 * @throws SystemError for ids that are not there.
 */
export function idMapsOf({ isolation, ids }: Asked): IdMaps | undefined {
  if (!isolation.includes('user')) return undefined;
  const map = (kind: Kind, said: readonly IdRange[] | undefined): readonly IdRange[] =>
    said === undefined ? defaultRanges(ownMap(kind)) : within(said, ownMap(kind), kind);
  return { uids: map('uid', ids?.uids), gids: map('gid', ids?.gids) };
}

/**
 * The same for a process of a node: in ids as that node has them, in which the file counts too.
 * @throws SystemError for ids that are not there.
 */
export function programMaps(
  { isolation = [], ids }: Pick<Process, 'isolation' | 'ids'>,
  node: Asked,
): IdMaps | undefined {
  if (!isolation.includes('user')) return undefined;
  const around = idMapsOf(node);
  const map = (kind: Kind, said: readonly IdRange[] | undefined): readonly IdRange[] => {
    const there = (kind === 'uid' ? around?.uids : around?.gids) ?? ownMap(kind);
    return said === undefined
      ? defaultRanges(there)
      : within(
          said,
          there.map(({ inside, count }) => ({ inside, outside: inside, count })),
          kind,
        );
  };
  return { uids: map('uid', ids?.uids), gids: map('gid', ids?.gids) };
}

/** Ranges of a file, whose outer ids are the outer ids of `own`, in the inner ids of that. The kernel takes none that goes beyond one of its lines. */
function within(said: readonly IdRange[], own: readonly IdRange[], kind: Kind): IdRange[] {
  return said.flatMap(({ inside, outside, count }) => {
    const pieces = own.flatMap((range): IdRange[] => {
      const first = Math.max(outside, range.outside);
      const end = Math.min(outside + count, range.outside + range.count);
      if (first >= end) return [];
      return [{ inside: inside + first - outside, outside: range.inside + first - range.outside, count: end - first }];
    });
    if (pieces.reduce((sum, piece) => sum + piece.count, 0) !== count)
      throw new SystemError('map', 'EPERM', `${kind} ${outside} to ${outside + count - 1}`);
    return pieces;
  });
}

/** {@link DEFAULT_RANGE} where it is to be had; else all that there is beside root; and the one id that everybody has. */
export function defaultRanges(own: readonly IdRange[]): IdRange[] {
  const last = DEFAULT_RANGE.outside + DEFAULT_RANGE.count - 1;
  if (own.some(({ inside, count }) => inside <= DEFAULT_RANGE.outside && last < inside + count)) return [DEFAULT_RANGE];
  const ranges: IdRange[] = [];
  let next = 0;
  for (const { inside, count } of own.toSorted((a, b) => a.inside - b.inside)) {
    const first = Math.max(inside, 1);
    const left = inside + count - first;
    if (left <= 0) continue;
    ranges.push({ inside: next, outside: first, count: left });
    next += left;
  }
  return ranges.length > 0 ? ranges : [{ inside: 0, outside: 0, count: 1 }];
}

/** Whether root in a node is somebody else than who keeps its lab. */
export function isStranger(shape: Asked): boolean {
  const maps = idMapsOf(shape);
  return maps !== undefined && outsideOf(maps.uids, 0) !== 0;
}

/** Who is root in a node: whose its files are, for who is where its keeper is. */
export function rootOf(shape: Asked): Owner {
  const maps = ROOTLESS && !INSIDE ? undefined : idMapsOf(shape);
  if (maps !== undefined) return { uid: outsideOf(maps.uids, 0) ?? 0, gid: outsideOf(maps.gids, 0) ?? 0, apart: true };
  return { ...HERE, apart: shape.isolation.includes('user') };
}
