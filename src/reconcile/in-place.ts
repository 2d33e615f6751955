/** What stands in an order that the kernel keeps: how much of it is at its place, and in which order the rest is added. */
import type { Resource, ResourceKind } from '../model/resource.ts';
import type { Change } from './diff.ts';

/** How many of `list`, from its beginning, stand in `found` in this order. Both are keys, each once. */
export function inPlace(list: readonly string[], found: readonly string[]): number {
  let kept = 0;
  for (const each of found) if (kept < list.length && each === list[kept]) kept += 1;
  return kept;
}

/** Changes, with those that make something of one kind at the end, as the file has them: it is added in that order. */
export function inFileOrder(changes: readonly Change[], wanted: readonly Resource[], kind: ResourceKind): Change[] {
  const rank = new Map(wanted.map((each, i) => [each, i]));
  const isOne = ({ wanted: want }: Change): boolean => want?.kind === kind;
  const place = ({ wanted: want }: Change): number => (want === undefined ? -1 : (rank.get(want) ?? -1));
  const ordered = changes.filter(isOne).toSorted((a, b) => place(a) - place(b));
  return [...changes.filter((change) => !isOne(change)), ...ordered];
}
