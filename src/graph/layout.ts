/** A graph → a drawing. */
import type { Graph } from '../model/graph.ts';
import type { Drawing } from './drawing.ts';
import { layered } from './layered.ts';
import type { Shown } from './show.ts';

/** Finds a place for everything. */
export async function layOut(graph: Graph, shown: ReadonlySet<Shown>): Promise<Drawing> {
  return layered(graph, shown);
}
