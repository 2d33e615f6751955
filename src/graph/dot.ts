/** A graph → the language of Graphviz: `netlab graph --format dot | dot -Tsvg`. */
import type { Graph, GraphEnd, GraphLink, GraphNode } from '../model/graph.ts';
import { forthright } from './levels.ts';
import type { Shown } from './show.ts';
import { textRows } from './text-rows.ts';

/** The whole text. */
export function dot(graph: Graph, shown: ReadonlySet<Shown>): string {
  const title = [graph.lab, ...(graph.description === null ? [] : [graph.description])];
  return [
    `graph ${quoted([graph.lab])} {`,
    `  graph [label=${quoted(title)}, labelloc=t, rankdir=LR, nodesep=0.4, ranksep=1.6, fontname="sans-serif"]`,
    '  node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#8c959f", fontname="sans-serif", fontsize=12]',
    '  edge [color="#6e7781", fontname="monospace", fontsize=9]',
    ...graph.nodes.map((node) => `  ${quoted([node.name])} [${attributes(nodeFacts(node, shown))}]`),
    ...forthright(graph).map((link) => {
      const facts = attributes(linkFacts(link, shown));
      const line = `  ${quoted([link.ends[0].node])} -- ${quoted([link.ends[1].node])}`;
      return facts === '' ? line : `${line} [${facts}]`;
    }),
    '}',
    '',
  ].join('\n');
}

type Facts = Readonly<Record<string, string | readonly string[]>>;

function nodeFacts(node: GraphNode, shown: ReadonlySet<Shown>): Facts {
  const label = [node.name.replace(/^@/, ''), ...textRows(node, shown)];
  switch (node.kind) {
    case 'bridge':
      return { label, shape: 'box', style: 'filled', fillcolor: '#7d4bd0', color: '#7d4bd0', fontcolor: '#ffffff' };
    case 'host':
      return { label, fillcolor: '#fff3d6', color: '#9a6700' };
    case 'internet':
      return { label, shape: 'ellipse', style: 'filled', fillcolor: '#eef0f2' };
    case 'tunnel':
      return { label, shape: 'ellipse', style: 'dashed' };
    case 'node':
      return node.forwarding ? { label, fillcolor: '#e3f1ff', color: '#0969da' } : { label };
  }
}

function linkFacts(link: GraphLink, shown: ReadonlySet<Shown>): Facts {
  const label = [...(link.label === null ? [] : [link.label]), ...(shown.has('networks') ? link.networks : [])];
  const [tail, head] = link.ends.map((end) => endLines(end, shown));
  return {
    ...(label.length > 0 ? { label } : {}),
    ...(tail!.length > 0 ? { taillabel: tail! } : {}),
    ...(head!.length > 0 ? { headlabel: head! } : {}),
    ...(link.cut
      ? { color: '#c5221f', style: 'dotted' }
      : link.kind === 'tunnel'
        ? { color: '#b35900', style: 'dashed' }
        : {}),
  };
}

function endLines({ interface: link, addresses, state }: GraphEnd, shown: ReadonlySet<Shown>): string[] {
  const name = state === 'up' ? link : `${link} ${state}`;
  if (shown.has('addresses') && addresses.length > 0) return [name, ...addresses];
  return state === 'down' ? [name] : [];
}

function attributes(facts: Facts): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}=${quoted(typeof value === 'string' ? [value] : value)}`)
    .join(', ');
}

/** Several lines in quotes. */
function quoted(lines: readonly string[]): string {
  return `"${lines.map((line) => line.replaceAll('\\', '\\\\').replaceAll('"', '\\"')).join('\\n')}"`;
}
