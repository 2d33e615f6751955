/** In which order changes are made. A pure function of the changes. */
import { type Link, lowerOf, type Resource } from '../model/resource.ts';
import { KIND_ORDER } from '../resource/index.ts';
import type { Change } from './diff.ts';

/**
 * Removals first, from what stands on others down to what others stand on; then creations and updates the other way round.
 * Within a kind the order of the file is kept, but for routes (one that leads to a gateway comes after those that make the
 * gateway reachable) and for links (one that stands on another comes after that one).
 */
export function order(changes: readonly Change[]): Change[] {
  const rank = new Map(KIND_ORDER.map((kind, index) => [kind, index]));
  const position = (change: Change): number => {
    const resource = (change.wanted ?? change.found)!;
    const kind = rank.get(resource.kind)!;
    return change.action === 'remove' ? -2 * kind - 1 : 2 * kind + (isIndirect(resource) ? 1 : 0);
  };
  const depth = depths(changes);
  return changes
    .map((change, index) => ({ change, index, position: position(change), depth: depth(change.wanted) }))
    .toSorted((a, b) => a.position - b.position || a.depth - b.depth || a.index - b.index)
    .map(({ change }) => change);
}

/** How many links of these changes a link stands on. */
function depths(changes: readonly Change[]): (resource: Resource | undefined) => number {
  const links = new Map<string, Link>();
  for (const { wanted } of changes) {
    if (wanted?.kind === 'link' && lowerOf(wanted) !== undefined) links.set(`${wanted.node}:${wanted.name}`, wanted);
  }
  if (links.size === 0) return () => 0;
  const depth = (resource: Resource | undefined): number => {
    const lower = resource?.kind === 'link' ? lowerOf(resource) : undefined;
    return lower === undefined ? 0 : 1 + depth(links.get(`${resource!.node}:${lower}`));
  };
  return depth;
}

function isIndirect(resource: Resource): boolean {
  return resource.kind === 'route' && resource.nexthops.some(({ via }) => via !== undefined);
}
