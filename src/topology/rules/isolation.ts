/** The kinds of namespace of a node, and what its user and its time namespace are to be. */
import type { Path } from '../../model/place.ts';
import type { IdRange } from '../../model/user-namespace.ts';
import { items, type NodeDocument, type ProcessDocument } from '../document.ts';
import type { IdMapDocument } from '../namespace-document.ts';
import type { DraftNode } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { quoted } from '../words.ts';

/** The kernel has as many ids; the last one means that there is none. */
const IDS = 2 ** 32 - 1;

/** Judges `isolation`, `uid_map`, `gid_map` and `time`. */
export function checkIsolation(node: DraftNode, problems: Problems): void {
  const { isolation } = node.document;
  const at = [...node.at, 'isolation'];
  if (isolation !== undefined && !problems.damaged(at)) checkKinds(isolation, at, problems);
  checkOwn(node.document, node.at, 'the node', problems);
}

/** Judges `uid_map`, `gid_map` and `time`: of a node, or of a process, which is called `whose`. */
export function checkOwn(document: NodeDocument | ProcessDocument, of: Path, whose: string, problems: Problems): void {
  const { isolation, uid_map: uids, gid_map: gids, time } = document;
  const damaged = problems.damaged([...of, 'isolation']);
  const has = (kind: 'user' | 'time'): boolean => damaged || isolation?.includes(kind) === true;
  for (const [key, map] of [
    ['uid_map', uids],
    ['gid_map', gids],
  ] as const) {
    if (map === undefined) continue;
    if (!has('user'))
      problems.keyError([...of, key], `${key} is of a user namespace of ${whose}'s own: isolation has no "user"`);
    else checkMap(map, [...of, key], whose, problems);
  }
  if (time !== undefined && !has('time'))
    problems.keyError([...of, 'time'], `time is of a time namespace of ${whose}'s own: isolation has no "time"`);
}

function checkKinds(isolation: NonNullable<DraftNode['document']['isolation']>, at: Path, problems: Problems): void {
  if (!isolation.includes('net'))
    problems.error(at, 'found no "net", expected at least [net]: a node has a network of its own');
  for (const [i, kind] of items(isolation)) {
    if (isolation.indexOf(kind) < i) problems.error([...at, i], `found ${quoted(kind)} twice`);
  }
  if (isolation.includes('pid') && !isolation.includes('mnt')) {
    problems.warn(
      [...at, isolation.indexOf('pid')],
      'found "pid" without "mnt": /proc shows the processes of the whole lab, by numbers that are not theirs in here; ps goes wrong',
    );
  }
}

/** The kernel refuses ranges that overlap, on either side; and a node without a root could not be set up. */
function checkMap(map: IdMapDocument, at: Path, whose: string, problems: Problems): void {
  if (typeof map === 'number' || problems.damaged(at)) return;
  const ranges = items(map).map(([i, { inside, outside, count = 1 }]) => ({ i, inside, outside, count }));
  for (const { i, inside, outside, count } of ranges) {
    const last = Math.max(inside, outside) + count - 1;
    if (last >= IDS) problems.error([...at, i], `found ids up to ${last}, expected none above ${IDS - 1}`);
  }
  for (const side of ['inside', 'outside'] as const) {
    for (const [n, range] of ranges.entries()) {
      const other = ranges.slice(0, n).find((each) => overlaps(each, range, side));
      if (other !== undefined)
        problems.error(
          [...at, range.i, side],
          `found ids that range ${other.i + 1} has ${side} too, from ${other[side]} on`,
        );
    }
  }
  if (!ranges.some(({ inside }) => inside === 0))
    problems.error(at, `found nobody who is 0 inside, expected a range with inside: 0: ${whose} needs a root`);
}

function overlaps(a: IdRange, b: IdRange, side: 'inside' | 'outside'): boolean {
  return a[side] < b[side] + b.count && b[side] < a[side] + a.count;
}
