/** In which order changes are made. A pure function of the changes. */
import type { Resource } from '../model/resource.ts';
import { KIND_ORDER } from '../resource/index.ts';
import type { Change } from './diff.ts';

/**
 * Removals first, from what stands on others down to what others stand on; then creations and updates the other way round.
 * Within a kind the order of the file is kept, but for routes: one that leads to a gateway comes after those that make the
 * gateway reachable.
 */
export function order(changes: readonly Change[]): Change[] {
  const rank = new Map(KIND_ORDER.map((kind, index) => [kind, index]));
  const position = (change: Change): number => {
    const resource = (change.wanted ?? change.found)!;
    const kind = rank.get(resource.kind)!;
    return change.action === 'remove' ? -2 * kind - 1 : 2 * kind + (isIndirect(resource) ? 1 : 0);
  };
  return changes
    .map((change, index) => ({ change, index, position: position(change) }))
    .toSorted((a, b) => a.position - b.position || a.index - b.index)
    .map(({ change }) => change);
}

function isIndirect(resource: Resource): boolean {
  return resource.kind === 'route' && resource.nexthops.some(({ via }) => via !== undefined);
}
