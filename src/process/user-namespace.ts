/** The maps of a node's user namespace as the kernel is told them, from where this process stands. */
import { readFileSync } from 'node:fs';

import { SystemError } from '../errors.ts';
import type { Surroundings } from '../model/namespace.ts';
import { DEFAULT_RANGE, type IdMaps, type IdRange, insideOf, outsideOf, parseMap } from '../model/user-namespace.ts';
import { INSIDE, ROOTLESS } from '../state/places.ts';
import type { Owner } from './file-tree.ts';

/** Of a lab that an ordinary user looks into from outside, he makes nothing that is not his own. */
const HERE =
  ROOTLESS && !INSIDE ? { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 } : { uid: 0, gid: 0 };

type Kind = 'uid' | 'gid';
const known = new Map<Kind, readonly IdRange[]>();

/** The ids that there are in a lab: all of the machine's for root, fewer in a container and for an ordinary user. */
function ownMap(kind: Kind): readonly IdRange[] {
  const map = known.get(kind) ?? readMap('self', kind);
  known.set(kind, map);
  return map;
}

function readMap(pid: number | 'self', kind: Kind): IdRange[] {
  return parseMap(readFileSync(`/proc/${pid}/${kind}_map`, 'utf8'));
}

/**
 * What the user namespace of a node maps, in ids of its lab's, where this process stands too; undefined when it has none.
 * @throws SystemError for ids that are not there.
 */
export function idMapsOf({ isolation, ids }: Pick<Surroundings, 'isolation' | 'ids'>): IdMaps | undefined {
  if (!isolation.includes('user')) return undefined;
  const map = (kind: Kind, said: readonly IdRange[] | undefined): readonly IdRange[] =>
    said?.map((range) => fromHere(range, ownMap(kind), kind)) ?? [defaultRange(ownMap(kind))];
  return { uids: map('uid', ids?.uids), gids: map('gid', ids?.gids) };
}

/** A range of a file, which counts as the machine does, in the numbers of this process. */
function fromHere({ inside, outside, count }: IdRange, own: readonly IdRange[], kind: Kind): IdRange {
  const first = insideOf(own, outside);
  const last = insideOf(own, outside + count - 1);
  if (first === undefined || last === undefined || last - first !== count - 1)
    throw new SystemError('map', 'EPERM', `${kind} ${outside} to ${outside + count - 1}`);
  return { inside, outside: first, count };
}

/** {@link DEFAULT_RANGE} where it is to be had; else all that there is beside root; and the one id that everybody has. */
export function defaultRange(own: readonly IdRange[]): IdRange {
  const last = DEFAULT_RANGE.outside + DEFAULT_RANGE.count - 1;
  if (own.some(({ inside, count }) => inside <= DEFAULT_RANGE.outside && last < inside + count)) return DEFAULT_RANGE;
  const most = Math.max(...own.map(({ inside, count }) => inside + count));
  return most > 1 ? { inside: 0, outside: 1, count: most - 1 } : { inside: 0, outside: 0, count: 1 };
}

/** Who is root in a node: whose its files are, for who is where its keeper is. */
export function rootOf(shape: Pick<Surroundings, 'isolation' | 'ids'>): Owner {
  const maps = ROOTLESS && !INSIDE ? undefined : idMapsOf(shape);
  if (maps !== undefined) return { uid: outsideOf(maps.uids, 0) ?? 0, gid: outsideOf(maps.gids, 0) ?? 0, apart: true };
  return { ...HERE, apart: shape.isolation.includes('user') };
}
