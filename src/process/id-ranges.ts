/**
 * Ids that an ordinary user has besides his own: ranges that the machine's root has given him in /etc/subuid and /etc/subgid, which
 * newuidmap and newgidmap write into the maps of his user namespaces. As `podman unshare` and `unshare --map-auto` have them.
 */
import { userInfo } from 'node:os';

import type { IdMaps, IdRange } from '../model/user-namespace.ts';
import type { Hindrance } from '../state/places.ts';
import { findProgram } from '../sys/find-program.ts';
import { readText } from '../sys/read-text.ts';

/** The maps of a user namespace, and who writes them. */
export interface MappedIds {
  readonly maps: IdMaps;
  readonly newuidmap: string;
  readonly newgidmap: string;
}

/** More make no map that newuidmap could be told in one line. */
const RANGES_MAX = 32;

/** A user, by what such files know him; `own`: his own number of the kind that they give. */
interface Grantee {
  readonly name: string;
  readonly uid: number;
  readonly own: number;
}

/** What a user has of others' ids by a file such as /etc/subuid: `NAME:FIRST:COUNT` a line, where NAME may be his number. */
export function rangesIn(text: string, { name, uid, own }: Grantee): { first: number; count: number }[] {
  const ranges: { first: number; count: number }[] = [];
  for (const line of text.split('\n')) {
    const [who, first, count] = line.trim().split(':');
    if (who === undefined || (who !== name && who !== String(uid))) continue;
    const range = { first: Number(first), count: Number(count) };
    const end = range.first + range.count;
    if (![range.first, range.count].every((each) => Number.isSafeInteger(each) && each > 0)) continue;
    // The kernel refuses a map in which somebody stands twice, and himself he has already.
    if (end > own && range.first <= own) continue;
    if (ranges.some((other) => range.first < other.first + other.count && other.first < end)) continue;
    ranges.push(range);
  }
  return ranges.slice(0, RANGES_MAX);
}

/** Root inside is the user himself; the others follow one another. */
export function mapOf(id: number, ranges: readonly { first: number; count: number }[]): IdRange[] {
  let inside = 1;
  return [
    { inside: 0, outside: id, count: 1 },
    ...ranges.map(({ first, count }) => {
      const range = { inside, outside: first, count };
      inside += count;
      return range;
    }),
  ];
}

/** The ids that this user can have in a user namespace; or why he has but his own. */
export function lookForIds(): MappedIds | Hindrance {
  const [newuidmap, newgidmap] = [findProgram('newuidmap'), findProgram('newgidmap')];
  if (newuidmap === undefined || newgidmap === undefined)
    return { fact: 'newuidmap is not installed', remedy: 'install the package uidmap (shadow-utils, shadow)' };
  const [uid, gid, name] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0, userName()];
  // Groups are given to users, by the same name.
  const uids = rangesIn(readText('/etc/subuid') ?? '', { name, uid, own: uid });
  const gids = rangesIn(readText('/etc/subgid') ?? '', { name, uid, own: gid });
  if (uids.length === 0 || gids.length === 0) {
    const file = uids.length === 0 ? '/etc/subuid' : '/etc/subgid';
    return {
      fact: `${file} gives no range of ids to ${name}`,
      remedy: `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${name}, with numbers that nobody else has`,
    };
  }
  return { maps: { uids: mapOf(uid, uids), gids: mapOf(gid, gids) }, newuidmap, newgidmap };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // Of whom the machine knows nothing but the number.
    return String(process.geteuid?.() ?? 0);
  }
}
