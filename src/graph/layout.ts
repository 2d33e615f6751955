/** A graph → a drawing. */
import type { Graph } from '../model/graph.ts';
import { folded } from './blocks.ts';
import type { Drawing } from './drawing.ts';
import { layered } from './layered.ts';
import { plateOf } from './plate.ts';
import type { Shown } from './show.ts';

/** Finds a place for everything. */
export async function layOut(graph: Graph, shown: ReadonlySet<Shown>): Promise<Drawing> {
  const platesOf = ({ nodes }: Graph) => new Map(nodes.map((node) => [node.name, plateOf(node, shown)]));
  if (shown.size > 0) return layered(graph, shown, platesOf(graph));
  const { graph: short, plates, unfold } = folded(graph);
  return unfold(await layered(short, shown, new Map([...platesOf(short), ...plates])));
}
