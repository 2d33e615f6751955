/** A graph → a flowchart of Mermaid, which GitHub, GitLab and many editors draw inside of Markdown. */
import type { Graph, GraphEnd, GraphLink, GraphNode } from '../model/graph.ts';
import { forthright } from './levels.ts';
import type { Shown } from './show.ts';
import { textRows } from './text-rows.ts';

const CLASSES = [
  'classDef computer fill:#f6f8fa,stroke:#8c959f,color:#1f2328',
  'classDef router fill:#e3f1ff,stroke:#0969da,color:#1f2328',
  'classDef host fill:#fff3d6,stroke:#9a6700,color:#1f2328',
  'classDef bridge fill:#7d4bd0,stroke:#7d4bd0,color:#ffffff',
  'classDef world fill:#eef0f2,stroke:#6e7781,color:#1f2328',
];

/** The whole text. */
export function mermaid(graph: Graph, shown: ReadonlySet<Shown>): string {
  // Words of the file may be words of Mermaid's (`end`), so nodes go by numbers.
  const ids = new Map(graph.nodes.map(({ name }, i) => [name, `n${i}`]));
  const links = forthright(graph);
  const cut = links.flatMap(({ cut }, i) => (cut ? [i] : []));
  return [
    '---',
    `title: ${JSON.stringify(graph.lab)}`,
    '---',
    'flowchart LR',
    ...graph.nodes.map(
      (node) => `  ${ids.get(node.name)}${shape(node, label([node.name.replace(/^@/, ''), ...textRows(node, shown)]))}`,
    ),
    ...links.map((link) => `  ${ids.get(link.ends[0].node)} ${line(link, shown)} ${ids.get(link.ends[1].node)}`),
    ...CLASSES.map((line) => `  ${line}`),
    ...classes(graph.nodes, ids).map((line) => `  ${line}`),
    ...(cut.length === 0 ? [] : [`  linkStyle ${cut.join(',')} stroke:#c5221f,stroke-dasharray:3 5`]),
    '',
  ].join('\n');
}

function shape({ kind }: GraphNode, text: string): string {
  switch (kind) {
    case 'bridge':
      return `[[${text}]]`;
    case 'internet':
      return `((${text}))`;
    case 'tunnel':
      return `([${text}])`;
    case 'host':
    case 'node':
      return `[${text}]`;
  }
}

function line(link: GraphLink, shown: ReadonlySet<Shown>): string {
  const words = [
    ...(link.label === null ? [] : [link.label]),
    ...(shown.has('networks') ? link.networks : []),
    ...(shown.has('addresses') ? link.ends.map(endText).filter((text) => text !== '') : []),
    ...(link.cut ? ['(cut)'] : []),
  ];
  const dashed = link.kind !== 'veth';
  if (words.length === 0) return dashed ? '-.-' : '---';
  return dashed ? `-. ${label(words)} .-` : `-- ${label(words)} ---`;
}

function endText({ node, interface: link, addresses, state }: GraphEnd): string {
  if (addresses.length === 0 && state !== 'down') return '';
  return [`${node}:${link}`, ...(state === 'down' ? [state] : []), ...addresses].join(' ');
}

/** In quotes nothing has a meaning but these; a `#` begins the number of a character. */
function label(lines: readonly string[]): string {
  const text = lines.map((line) =>
    line
      .replaceAll('#', '#35;')
      .replaceAll('"', '#quot;')
      .replaceAll('<', '#lt;')
      .replaceAll('>', '#gt;')
      .replaceAll('`', '#96;'),
  );
  return `"${text.join('<br/>')}"`;
}

function classes(nodes: readonly GraphNode[], ids: ReadonlyMap<string, string>): string[] {
  const found = new Map<string, string[]>();
  for (const node of nodes) {
    const name =
      node.kind === 'node'
        ? node.forwarding
          ? 'router'
          : 'computer'
        : node.kind === 'internet' || node.kind === 'tunnel'
          ? 'world'
          : node.kind;
    found.set(name, [...(found.get(name) ?? []), ids.get(node.name)!]);
  }
  return [...found].map(([name, members]) => `class ${members.join(',')} ${name}`);
}
