/** The library that finds places and ways: ELK, docs/decisions/0025-layout.md. Loaded when something is drawn: it is large. */
import { createRequire } from 'node:module';

/** What ELK is given and gives back. Its own types ask for a browser's. */
export interface ElkShape {
  readonly id: string;
  readonly width?: number;
  readonly height?: number;
  readonly x?: number;
  readonly y?: number;
  readonly layoutOptions?: Readonly<Record<string, string>>;
}

export interface ElkLabel extends Omit<ElkShape, 'id'> {
  readonly text: string;
}

export interface ElkNode extends ElkShape {
  readonly ports?: readonly ElkShape[];
  readonly labels?: readonly ElkLabel[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ElkEdge {
  readonly id: string;
  readonly sources: readonly string[];
  readonly targets: readonly string[];
  readonly labels?: readonly ElkLabel[];
  readonly sections?: readonly {
    readonly startPoint: Point;
    readonly endPoint: Point;
    readonly bendPoints?: readonly Point[];
  }[];
}

export interface ElkGraph extends ElkShape {
  readonly children: readonly ElkNode[];
  readonly edges: readonly ElkEdge[];
}

interface Elk {
  layout(graph: ElkGraph): Promise<ElkGraph>;
}

let elk: Elk | undefined;

/** The graph with places for its nodes, ports and labels, and ways for its edges. The same graph always gets the same. */
export async function place(graph: ElkGraph): Promise<ElkGraph> {
  elk ??= new (createRequire(import.meta.url)('elkjs/lib/elk.bundled.js') as new () => Elk)();
  // It writes places into what it is given.
  return elk.layout(structuredClone(graph));
}
