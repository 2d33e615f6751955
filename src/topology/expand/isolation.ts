/** A node's kinds of namespace, and what its user and its time namespace are → the parts of its namespace resource. */
import { type Clocks, type Join, NAMESPACE_KINDS, type Surroundings } from '../../model/namespace.ts';
import { DEFAULT_RANGE, type IdRange } from '../../model/user-namespace.ts';
import { items, type NodeDocument, type ProcessDocument } from '../document.ts';
import type { ClocksDocument, IdMapDocument } from '../namespace-document.ts';
import { timeSpan } from '../values.ts';

/** What a node has unless it says otherwise. */
const USUAL: Surroundings['isolation'] = ['net', 'uts', 'mnt', 'pid', 'ipc'];

/** What `isolation`, `uid_map`, `gid_map` and `time` ask for. */
export function isolationOf(document: NodeDocument): Pick<Surroundings, 'isolation' | 'join' | 'ids' | 'clocks'> {
  const { isolation, join } = document;
  // Of what it joins, the network alone is netlab's business.
  if (join !== undefined) return { isolation: ['net'], join: joinOf(join) };
  return {
    isolation: isolation === undefined ? USUAL : NAMESPACE_KINDS.filter((kind) => isolation.includes(kind)),
    ...ownIds(document),
  };
}

/** What `uid_map`, `gid_map` and `time` say, of a node or of a process. */
export function ownIds({
  uid_map: uids,
  gid_map: gids = uids,
  time,
}: Pick<NodeDocument | ProcessDocument, 'uid_map' | 'gid_map' | 'time'>): Pick<Surroundings, 'ids' | 'clocks'> {
  return {
    ...(uids === undefined && gids === undefined
      ? {}
      : { ids: { uids: rangesOf(uids ?? DEFAULT_RANGE.outside), gids: rangesOf(gids ?? DEFAULT_RANGE.outside) } }),
    ...(time === undefined ? {} : { clocks: clocksOf(time) }),
  };
}

function joinOf({ pid, netns }: NonNullable<NodeDocument['join']>): Join {
  return { ...(pid === undefined ? {} : { pid }), ...(netns === undefined ? {} : { path: netns }) };
}

/** The ranges of a map, in order of their inner ids. A number stands for as many ids as anybody has, from it on. */
function rangesOf(map: IdMapDocument): readonly IdRange[] {
  if (typeof map === 'number') return [{ ...DEFAULT_RANGE, outside: map }];
  return items(map)
    .map(([, { inside, outside, count = 1 }]) => ({ inside, outside, count }))
    .toSorted((a, b) => a.inside - b.inside);
}

function clocksOf({ monotonic = '0s', boottime = '0s' }: ClocksDocument): Clocks {
  return { monotonic: offset(monotonic), boottime: offset(boottime) };
}

/** `+1h`, `-10s`, `1h`, in milliseconds; what the schema refused counts as none. */
export function offset(text: string): number {
  const span = timeSpan(text.replace(/^[+-]/, '')) ?? 0;
  return text.startsWith('-') && span !== 0 ? -span : span;
}
