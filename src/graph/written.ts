/** A graph as text. */
import type { Graph } from '../model/graph.ts';
import { dot } from './dot.ts';
import type { Drawing } from './drawing.ts';
import type { Format, Theme } from './formats.ts';
import { layOut } from './layout.ts';
import { mermaid } from './mermaid.ts';
import { placedGraph } from './placed.ts';
import { type Shown, shownOf } from './show.ts';
import { svg } from './svg/svg.ts';

/** How a graph is written. */
export interface WriteOptions {
  /** `svg` unless said. */
  readonly format?: Format;
  /** Of SVG: `auto` unless said, which is as the surroundings are. */
  readonly theme?: Theme;
  /** What is told besides nodes and links; as much as there is room for, unless said. */
  readonly show?: readonly Shown[];
}

/** The graph as a text of that format, with a newline at its end. The same graph is always the same text. */
export async function written(
  graph: Graph,
  { format = 'svg', theme = 'auto', show }: WriteOptions = {},
): Promise<string> {
  const shown = shownOf(graph, show);
  if (format === 'mermaid') return mermaid(graph, shown);
  if (format === 'dot') return dot(graph, shown);
  const drawing: Drawing = await layOut(graph, shown);
  return format === 'json' ? `${JSON.stringify(placedGraph(graph, drawing), null, 2)}\n` : svg(graph, drawing, theme);
}
