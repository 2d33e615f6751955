/** What a graph says that a topology does not. */
import { count as counted } from '../../model/text.ts';
import type { Draft } from '../draft.ts';
import type { Data, Graph, Spot } from './read.ts';

/** Data of nodes and edges that a topology has, or that say nothing about a network. */
const KNOWN = new Set([
  'label',
  'Label',
  'name',
  'Name',
  'nodegraphics',
  'edgegraphics',
  'id',
  'key',
  'Internal',
  'type',
]);

/** Why what is known by name has no place in the topology. */
const REASONS: Readonly<Record<string, string>> = {
  LinkSpeed: 'links have no speed; `impair: { rate: … }` gives them one',
  LinkSpeedRaw: 'links have no speed; `impair: { rate: … }` gives them one',
  LinkSpeedUnits: 'links have no speed; `impair: { rate: … }` gives them one',
  Longitude: 'a topology has no places on the earth',
  Latitude: 'a topology has no places on the earth',
  hyperedge: 'the node stands for a network that several share, and became a router like others',
};

/** Says of each key of nodes and edges that is not used how often it stands there, at the first place. */
export function leaveData(draft: Draft, graph: Graph, file: string): void {
  for (const [what, elements] of [
    ['node', graph.nodes],
    ['edge', graph.edges],
  ] as const) {
    const first = new Map<string, { at: Spot; count: number }>();
    for (const [key, { at }] of elements.flatMap(({ data }: { data: Data }) => [...data])) {
      const known = first.get(key);
      if (known === undefined) first.set(key, { at, count: 1 });
      else known.count++;
    }
    for (const [key, { at, count }] of first) {
      if (KNOWN.has(key)) continue;
      const reason = REASONS[key] ?? 'it has no counterpart in a topology';
      draft.leave({ file, ...at, subject: key }, `left out of ${counted(count, what)}: ${reason}`);
    }
  }
}

/** Says of elements that are neither nodes nor edges what became of them. */
export function leaveOthers(draft: Draft, graph: Graph, file: string): void {
  for (const { element, at } of graph.others) {
    const became =
      element === 'graph' ? 'the nodes of an inner graph became nodes like others' : 'left out: not a node or an edge';
    draft.leave({ file, ...at, subject: `<${element}>` }, became);
  }
}
