/** What a picture tells of a lab besides its nodes and links. */
import type { Graph } from '../model/graph.ts';

/** Each word of `--show`, and what it means. */
export const SHOWN = {
  addresses: 'interfaces and their addresses at the ends of links',
  devices: 'bridges, loopbacks and other interfaces in the nodes',
  processes: 'processes in their nodes',
  networks: 'the network of each link',
  routes: 'routes in their nodes',
  nat: 'lines of address translation in their nodes',
  filter: 'chains of the packet filter in their nodes',
} as const;

export type Shown = keyof typeof SHOWN;

/** What is shown unless it is said, as long as there is room. */
export const USUAL: readonly Shown[] = ['addresses', 'devices', 'processes'];

/** Up to so many nodes and bridges there is room for it; so many links. */
const ROOM = { nodes: 40, links: 80 } as const;

/** What is shown of a graph: what was asked for, else the usual if there is room for it. */
export function shownOf({ nodes, links }: Graph, wanted: readonly Shown[] | undefined): ReadonlySet<Shown> {
  const isLarge = nodes.length > ROOM.nodes || links.length > ROOM.links;
  return new Set(wanted ?? (isLarge ? [] : USUAL));
}
