/** In which order changes are made. A pure function of the changes. */
import { groupBy } from '../model/group-by.ts';
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
  const groups = groupBy(changes, ({ action, wanted, found }) => {
    const resource = (wanted ?? found)!;
    const kind = rank.get(resource.kind)!;
    return action === 'remove' ? -2 * kind - 1 : 2 * kind + (isIndirect(resource) ? 1 : 0);
  });
  const depth = depths(changes);
  const sorted = [...groups].toSorted(([a], [b]) => a - b).map(([, group]) => group);
  if (depth === undefined) return sorted.flat();
  return sorted.flatMap((group) => group.toSorted((a, b) => depth(a.wanted) - depth(b.wanted)));
}

/** How many links of these changes a link stands on; undefined when none stands on any. */
function depths(changes: readonly Change[]): ((resource: Resource | undefined) => number) | undefined {
  const links = new Map<string, Link>();
  for (const { wanted } of changes) {
    if (wanted?.kind === 'link' && lowerOf(wanted) !== undefined) links.set(`${wanted.node}:${wanted.name}`, wanted);
  }
  if (links.size === 0) return undefined;
  const depth = (resource: Resource | undefined): number => {
    const lower = resource?.kind === 'link' ? lowerOf(resource) : undefined;
    return lower === undefined ? 0 : 1 + depth(links.get(`${resource!.node}:${lower}`));
  };
  return depth;
}

function isIndirect(resource: Resource): boolean {
  return resource.kind === 'route' && resource.nexthops.some(({ via }) => via !== undefined);
}
