/** GraphML, as the Topology Zoo, yEd, Gephi and networkx write it: a router for each node, a link for each edge. */
import { basename } from 'node:path';
import { readSource, wholeFile } from '../../topology/source.ts';
import { Draft, type NodeDraft } from '../draft.ts';
import type { Format, ImportOptions } from '../format.ts';
import { labName } from '../names.ts';
import { MAX_NODES, planAddresses } from './addresses.ts';
import { diameter, distances, nearOrder, neighbours, type Ends } from './hops.ts';
import { leaveData, leaveOthers } from './leave.ts';
import { nameOf, nodeNames } from './names.ts';
import { readGraph, type Graph, type GraphEdge, type GraphNode, type Spot } from './read.ts';
import { shortestRoutes } from './routes.ts';

/** A packet lives for 64 hops unless told otherwise. */
const LIFE = 64;

export const graphml: Format = {
  name: 'graphml',
  title: 'GraphML',
  find(path, names, text) {
    if (names === undefined) return /\.graphml$/i.test(path) || /<graphml[\s>]/.test(text()) ? path : undefined;
    const files = names.filter((name) => /\.graphml$/i.test(name));
    return files.length === 1 ? `${path}/${files[0]!}` : undefined;
  },
  read: (file, options) => graphTopology(readGraph(readSource(file), file), file, options),
};

/** The topology of a graph: routers with a loopback address, links with a /31 each, and with `routes` the ways between them. */
export function graphTopology(graph: Graph, file: string, options: Pick<ImportOptions, 'routes'> = {}): Draft {
  if (graph.nodes.length > MAX_NODES)
    throw wholeFile(file, `found ${graph.nodes.length} nodes, expected at most ${MAX_NODES}`);
  const draft = new Draft();
  const at = ({ line, column }: Spot, subject: string) => ({ file, line, column, subject });
  const names = nodeNames(graph.nodes.map(labelOf));
  const links = graph.edges.filter((edge) => {
    if (edge.source !== edge.target) return true;
    draft.leave(at(edge.at, `edge ${names[edge.source]!}`), 'left out: this edge leads from a node to itself');
    return false;
  });
  if (graph.directed && links.length > 0)
    draft.leave(
      at(links[0]!.at, 'edge'),
      'a directed edge became a link, which works in both directions, as did all others',
    );
  leaveOthers(draft, graph, file);
  leaveData(draft, graph, file);

  const ends: Ends = links.map(({ source, target }) => [source, target] as const);
  const near = neighbours(graph.nodes.length, ends);
  const hops = distances(near);
  const plan = planAddresses(ends, nearOrder(near, hops));

  draft.topology.name = labName(basename(file).replace(/\.[^.]*$/, ''));
  draft.topology.description = description(graph, links);
  const longest = diameter(hops);
  draft.topology.defaults = {
    node: {
      forwarding: { ipv4: true },
      sysctls: {
        // Of two shortest paths the way there and the way back may each take one.
        'net.ipv4.conf.all.rp_filter': 0,
        'net.ipv4.conf.default.rp_filter': 0,
        ...(longest >= LIFE ? { 'net.ipv4.ip_default_ttl': 255 } : {}),
      },
    },
  };
  if (longest >= LIFE)
    draft.leave(
      { file, line: 0, column: 0 },
      `the longest of the shortest paths has ${longest} hops: packets live for 255 hops instead of 64`,
    );

  const routes = options.routes === true ? shortestRoutes(near, ends, hops, plan) : undefined;
  for (const [number, node] of graph.nodes.entries()) {
    const name = names[number]!;
    const made: NodeDraft = { interfaces: { lo: { addresses: [`${plan.loopbacks[number]!}/32`] } } };
    if (routes !== undefined && routes[number]!.length > 0) made.routes = routes[number]!;
    draft.topology.nodes[name] = made;
    draft.from(['nodes', name], at(node.at, `node ${node.id}`));
  }
  const used = graph.nodes.map(() => 0);
  draft.topology.links = ends.map(([a, b], link) => {
    draft.from(['links', link], at(links[link]!.at, 'edge'));
    const [first, second] = [a, b].map((end) => `${names[end]!}:eth${used[end]!++}`);
    return { endpoints: [first!, second!], subnet: plan.subnets[link]! };
  });
  return draft;
}

/** What a node is called in the file: by its label, or whatever else programs call that, or by its id. */
function labelOf({ id, data }: GraphNode): string {
  for (const key of ['label', 'Label', 'name', 'Name', 'nodegraphics']) {
    const found = data.get(key)?.text;
    // The Zoo has several nodes called "?" and "None", which say nothing.
    if (found !== undefined && nameOf(found) !== '' && found !== 'None') return found;
  }
  return id;
}

function description({ data, nodes }: Graph, links: readonly GraphEdge[]): string {
  const word = (key: string): string | undefined => data.get(key)?.text;
  const title = word('label') ?? word('Network') ?? word('name') ?? 'A graph';
  const place = word('GeoLocation');
  const date = word('NetworkDate')?.replaceAll('_', '-');
  const about = [place, date].filter((each) => each !== undefined && each !== '').join(', ');
  return `${title}${about === '' ? '' : ` (${about})`}: ${nodes.length} routers, ${links.length} links`;
}
