/** GraphML text → a graph: its nodes, its edges, what each says about itself, and the line that says it. */
import { TopologyError } from '../../errors.ts';
import { Lines } from '../../topology/places.ts';
import { didYouMean, quoted } from '../../topology/words.ts';
import { parseXml, XmlError, type Element } from './xml.ts';

/** A place in the file; both from 1. */
export interface Spot {
  readonly line: number;
  readonly column: number;
}

/** What an element says of itself, by the name of its key (`attr.name`), in the order of the file. */
export type Data = ReadonlyMap<string, { readonly text: string; readonly at: Spot }>;

/** A `<node>`. */
export interface GraphNode {
  readonly id: string;
  readonly data: Data;
  readonly at: Spot;
}

/** An `<edge>` between two nodes of the graph, by their numbers in `nodes`. */
export interface GraphEdge {
  readonly source: number;
  readonly target: number;
  readonly data: Data;
  readonly at: Spot;
}

/** A graph as a GraphML file has it. */
export interface Graph {
  readonly data: Data;
  readonly directed: boolean;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Elements that mean more than nodes and edges: `<hyperedge>`, `<port>`, a graph inside of a node. */
  readonly others: readonly { readonly element: string; readonly at: Spot }[];
}

/** Elements that stand in a graph, or beside it, and mean no more than they say. */
const PLAIN = new Set(['graph', 'node', 'edge', 'key', 'data', 'desc']);

/**
 * Reads one GraphML document with one graph.
 * @throws TopologyError where the text is no XML, where it is no GraphML, and where an edge names a node that there is not.
 */
export function readGraph(text: string, file: string): Graph {
  const lines = new Lines(text);
  const fail = (offset: number, message: string): never => {
    throw new TopologyError([{ file, ...lines.at(offset), path: '', message, severity: 'error' }]);
  };
  try {
    return new Reader(lines, fail).read(parseXml(text));
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return fail(error.offset, `not valid XML: ${error.message}`);
  }
}

class Reader {
  readonly #lines: Lines;
  readonly #fail: (offset: number, message: string) => never;
  readonly #keys = new Map<string, string>();
  readonly #nodes: Element[] = [];
  readonly #edges: Element[] = [];
  readonly #others: Element[] = [];

  constructor(lines: Lines, fail: (offset: number, message: string) => never) {
    this.#lines = lines;
    this.#fail = fail;
  }

  read(root: Element): Graph {
    if (root.name !== 'graphml') this.#fail(root.offset, `found <${root.name}>, expected <graphml>`);
    const [graph, second] = root.children.filter(({ name }) => name === 'graph');
    if (graph === undefined) return this.#fail(root.offset, 'found no <graph> in this file, expected one');
    if (second !== undefined) this.#fail(second.offset, 'found a second <graph>, expected one in a file');
    for (const { name, attributes } of root.children) {
      if (name !== 'key') continue;
      const meaning = attributes.get('attr.name') ?? attributes.get('yfiles.type');
      if (meaning !== undefined) this.#keys.set(attributes.get('id') ?? '', meaning);
    }
    this.#collect(graph);
    const numbers = this.#numbers();
    return {
      data: this.#data(graph),
      directed: graph.attributes.get('edgedefault') === 'directed',
      nodes: this.#nodes.map((node) => ({ id: this.#required(node, 'id'), ...this.#told(node) })),
      edges: this.#edges.map((edge) => ({
        source: this.#end(edge, 'source', numbers),
        target: this.#end(edge, 'target', numbers),
        ...this.#told(edge),
      })),
      others: this.#others.map(({ name, offset }) => ({ element: name, at: this.#lines.at(offset) })),
    };
  }

  /** A graph inside of a node groups nodes, which are nodes like others. */
  #collect(graph: Element): void {
    for (const child of graph.children) {
      if (child.name === 'node') this.#nodes.push(child);
      else if (child.name === 'edge') this.#edges.push(child);
      else if (!PLAIN.has(child.name)) this.#others.push(child);
      if (child.name !== 'node' && child.name !== 'edge') continue;
      for (const inner of child.children) {
        if (inner.name === 'graph') this.#collect(inner);
        if (inner.name === 'graph' || !PLAIN.has(inner.name)) this.#others.push(inner);
      }
    }
  }

  #numbers(): ReadonlyMap<string, number> {
    const numbers = new Map<string, number>();
    for (const [number, node] of this.#nodes.entries()) {
      const id = this.#required(node, 'id');
      const first = numbers.get(id);
      if (first !== undefined) {
        const { line } = this.#lines.at(this.#nodes[first]!.offset);
        this.#fail(node.offset, `the id ${quoted(id)} stands twice in this graph, first in line ${line}`);
      }
      numbers.set(id, number);
    }
    return numbers;
  }

  #end(edge: Element, which: 'source' | 'target', numbers: ReadonlyMap<string, number>): number {
    const id = this.#required(edge, which);
    const number = numbers.get(id);
    if (number !== undefined) return number;
    const meant = didYouMean(id, numbers.keys());
    return this.#fail(edge.offset, `this edge has the ${which} ${quoted(id)}, and no node has that id${meant}`);
  }

  #required({ name, attributes, offset }: Element, attribute: string): string {
    const value = attributes.get(attribute);
    return value ?? this.#fail(offset, `found <${name}> without ${attribute}, expected <${name} ${attribute}="…">`);
  }

  #told(element: Element): { data: Data; at: Spot } {
    return { data: this.#data(element), at: this.#lines.at(element.offset) };
  }

  #data({ children }: Element): Data {
    const data = new Map<string, { text: string; at: Spot }>();
    for (const { name, attributes, text, offset } of children) {
      if (name !== 'data') continue;
      const key = attributes.get('key') ?? '';
      const words = text.trim().replaceAll(/\s+/g, ' ');
      if (words !== '') data.set(this.#keys.get(key) ?? key, { text: words, at: this.#lines.at(offset) });
    }
    return data;
  }
}
