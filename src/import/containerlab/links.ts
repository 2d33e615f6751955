/** `links` in both forms → links, ports of bridges, and interfaces. */
import type { Path } from '../../model/place.ts';
import { shown } from '../../topology/words.ts';
import { isMapping, wordOf, type ClabDocument, type Mapping } from './document.ts';

/** An end of a link, as containerlab has it. */
export interface ClabEnd {
  readonly node: string;
  readonly link: string;
  readonly mac?: string;
  readonly addresses: readonly string[];
}

/** A link that can be made. */
export interface ClabLink {
  /** One end for a `dummy`. */
  readonly ends: readonly ClabEnd[];
  readonly mtu: number;
  readonly path: Path;
}

/** What could not be made of a link. */
export interface LeftLink {
  readonly path: Path;
  readonly reason: string;
  /** Ends that are there all the same. */
  readonly ends: readonly ClabEnd[];
}

/** containerlab's own default. */
export const MTU = 9500;
const ELSEWHERE: Readonly<Record<string, string>> = {
  'mgmt-net': 'there is no management network; a link to `host` reaches this machine',
  macvlan: 'a node gets no interface of this machine; a link to `host` and routes there reach its networks',
  vxlan: 'the other end is on another machine; an interface of type `vxlan` in a node with a link to `host` reaches it',
  'vxlan-stitch':
    'the other end is on another machine; an interface of type `vxlan` in a node with a link to `host` reaches it',
};

/** Reads the list of links. */
export function readLinks(document: ClabDocument): { links: ClabLink[]; left: LeftLink[] } {
  const links: ClabLink[] = [];
  const left: LeftLink[] = [];
  const list = document.topology['links'];
  for (const [i, item] of (Array.isArray(list) ? (list as unknown[]) : []).entries()) {
    const path = ['topology', 'links', i];
    const read = isMapping(item) ? readLink(item) : { reason: `found ${shown(item)}, expected endpoints`, ends: [] };
    if ('reason' in read) left.push({ path, ...read });
    else links.push({ path, ...read });
  }
  return { links, left };
}

type Read = Omit<ClabLink, 'path'> | Omit<LeftLink, 'path'>;

function readLink(item: Mapping): Read {
  const type = wordOf(item['type'])?.toLowerCase().trim();
  const mtu = Number(wordOf(item['mtu']) ?? 0) || MTU;
  if (type === 'dummy' || type === 'host' || (type !== undefined && Object.hasOwn(ELSEWHERE, type))) {
    const single = [item['endpoint'], ...(Array.isArray(item['endpoints']) ? (item['endpoints'] as unknown[]) : [])];
    const end = single.map((each) => readEnd(each)).find((each) => each !== undefined);
    if (end === undefined) return { reason: 'found no endpoint, expected { node: …, interface: … }', ends: [] };
    if (type === 'dummy') return { ends: [end], mtu };
    if (type !== 'host') return { reason: ELSEWHERE[type]!, ends: [end] };
    const far = wordOf(item['host-interface']) ?? '';
    return { ends: [end, { node: 'host', link: far, addresses: [] }], mtu };
  }
  if (type !== undefined && !['veth', 'veth-stitch', 'brief'].includes(type))
    return { reason: `found the type ${shown(type)}, which containerlab has not`, ends: [] };
  const endpoints = Array.isArray(item['endpoints']) ? (item['endpoints'] as unknown[]) : [];
  const ends = endpoints.map((end, i) => readEnd(end, addressesOf(item, i)));
  const [a, b] = ends;
  if (a === undefined || b === undefined || ends.length !== 2)
    return { reason: `found ${endpoints.length} endpoints, expected two as "NODE:INTERFACE"`, ends: [] };
  for (const [end, other] of [
    [a, b],
    [b, a],
  ] as const)
    if (Object.hasOwn(ELSEWHERE, end.node)) return { reason: ELSEWHERE[end.node]!, ends: [other] };
  return { ends: [a, b], mtu };
}

/** `ipv4: ["10.0.0.1/24", ""]`: one for each end, in their order. */
function addressesOf(item: Mapping, index: number): string[] {
  return ['ipv4', 'ipv6'].flatMap((key) => {
    const list = item[key];
    const word = Array.isArray(list) ? wordOf((list as unknown[])[index]) : undefined;
    return word === undefined || word === '' ? [] : [word];
  });
}

function readEnd(end: unknown, addresses: readonly string[] = []): ClabEnd | undefined {
  if (typeof end === 'string') {
    const [, node = '', link = ''] = /^([^:]+):(.+)$/.exec(end) ?? [];
    return node === '' ? undefined : { node, link, addresses };
  }
  if (!isMapping(end)) return undefined;
  const [node, link, mac] = ['node', 'interface', 'mac'].map((key) => wordOf(end[key]));
  if (node === undefined || link === undefined) return undefined;
  const own = ['ipv4', 'ipv6'].flatMap((key) => wordOf(end[key]) ?? []).filter((word) => word !== '');
  return { node, link, addresses: [...addresses, ...own], ...(mac === undefined ? {} : { mac }) };
}
