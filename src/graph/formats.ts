/** What a graph can be written as, and how a picture is made. */
import type { Graph } from '../model/graph.ts';
import { dot } from './dot.ts';
import type { Drawing } from './drawing.ts';
import { layOut } from './layout.ts';
import { mermaid } from './mermaid.ts';
import { placedGraph } from './placed.ts';
import { type Shown, shownOf } from './show.ts';
import { svg } from './svg/svg.ts';
import type { Theme } from './svg/style.ts';

export type Format = 'svg' | 'mermaid' | 'dot' | 'json';

/** Each format, and the endings of files that are meant to be it. */
export const FORMATS: Readonly<Record<Format, readonly string[]>> = {
  svg: ['svg'],
  mermaid: ['mmd', 'mermaid'],
  dot: ['dot', 'gv'],
  json: ['json'],
};

/** How a graph is written. */
export interface WriteOptions {
  /** `svg` unless said. */
  readonly format?: Format;
  /** Of SVG: `auto` unless said, which is as the surroundings are. */
  readonly theme?: Theme;
  /** What is told besides nodes and links; as much as there is room for, unless said. */
  readonly show?: readonly Shown[];
}

/** The format that a file's name asks for, if it does. */
export function formatOf(file: string): Format | undefined {
  const ending = /\.([^./]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  return (Object.keys(FORMATS) as Format[]).find((format) => FORMATS[format].includes(ending));
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
