/** A graph in words: for who cannot see it, and for whoever points at a part of it. */
import type { Graph, GraphEnd, GraphLink, GraphNode } from '../model/graph.ts';
import { count } from '../model/text.ts';

/** Everything that is known of a node, a line for each thing. */
export function nodeWords(node: GraphNode): string {
  const { kind, name, forwarding, networks, devices, processes, nat, filter, routes, frozen } = node;
  const what = {
    node: `${name}${forwarding ? ', a router' : ''}`,
    bridge: `${name}, a bridge`,
    host: 'host, this machine itself',
    internet: 'the Internet, by way of the host',
    tunnel: `${name.slice(1)}, a tunnel of several ends`,
  }[kind];
  return [
    `${what}${frozen ? ' (frozen)' : ''}`,
    ...networks,
    ...devices.map(({ name, type, about, addresses, members }) =>
      [`${name}: ${about ?? type}`, ...addresses, ...(members.length > 0 ? [`of ${members.join(', ')}`] : [])].join(
        ' ',
      ),
    ),
    ...processes.map(({ name, trouble }) => `process ${name}${trouble === null ? '' : ` (${trouble})`}`),
    ...nat.map((line) => `nat: ${line}`),
    ...filter.map((line) => `filter: ${line}`),
    ...routes.map((line) => `route: ${line}`),
  ].join('\n');
}

/** `pc1:eth0 10.0.0.1/24 — lan:pc1`, and whether something is wrong with it. */
export function linkWords({ kind, label, cut, ends: [a, b] }: GraphLink): string {
  const what = kind === 'tunnel' ? `${label ?? 'tunnel'}: ` : '';
  return `${what}${endWords(a)} — ${endWords(b)}${cut ? ' (cut)' : ''}`;
}

function endWords({ node, interface: link, addresses, state }: GraphEnd): string {
  const name = node.replace(/^@/, '');
  const words = [link === '' ? name : `${name}:${link}`, ...addresses];
  return `${words.join(' ')}${state === 'up' ? '' : ` (${state})`}`;
}

/** `4 nodes, 1 bridge, 5 links`. */
function sumWords({ nodes, links }: Graph): string {
  const of = (kind: GraphNode['kind']): number => nodes.filter((node) => node.kind === kind).length;
  const lines = (kind: GraphLink['kind']): number => links.filter((link) => link.kind === kind).length;
  return [
    count(of('node'), 'node'),
    ...(of('bridge') > 0 ? [count(of('bridge'), 'bridge')] : []),
    ...(of('host') > 0 ? ['the host'] : []),
    count(lines('veth'), 'link'),
    ...(lines('tunnel') > 0 ? [count(lines('tunnel'), 'tunnel')] : []),
  ].join(', ');
}

/** The whole in words: what there is, and what leads where. Of large ones only how much. */
export function graphWords(graph: Graph, most = 60): string {
  const { description, links, unreachable } = graph;
  const cut = links.filter((link) => link.cut);
  const told = links.length <= most ? links : cut;
  return [
    ...(description === null ? [] : [description]),
    `${sumWords(graph)}.`,
    ...told.map(linkWords),
    ...(unreachable ?? []).map(gapWords),
  ].join('\n');
}

/** `a does not reach b: no answer`. */
export function gapWords({ from, to, why }: NonNullable<Graph['unreachable']>[number]): string {
  return `${from} does not reach ${to}: ${why}`;
}
