/** Resources, wanted or observed → what is drawn of them. */
import { networkOf, formatPrefix, parsePrefix } from '../model/address.ts';
import type { Graph, GraphDevice, GraphEnd, GraphLink, GraphNode, GraphState } from '../model/graph.ts';
import { groupBy } from '../model/group-by.ts';
import { HOST } from '../model/host.ts';
import { type Link, lowerOf, type Namespace, type Resource } from '../model/resource.ts';
import { deviceWords } from './device-words.ts';
import { filterWords, translationWords } from './filter-words.ts';
import { routeWords } from './route-words.ts';
import { tunnelsOf } from './tunnels.ts';

/** The name of the world beyond the host, which no node can have. */
export const INTERNET = '@internet';

/** The settings by which a node is a router. */
export const FORWARDING: readonly string[] = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'];

/** Where resources come from. */
export interface Origin {
  readonly lab: string;
  readonly description?: string | undefined;
  readonly source: Graph['source'];
  /** Of an observed link; that of a wanted one is what the file says. */
  readonly stateOf?: (link: Link) => GraphState;
}

/** What is drawn, in the order of the resources. */
export function graphOf(resources: readonly Resource[], origin: Origin): Graph {
  const links = resources.filter((each) => each.kind === 'link');
  const stateOf = origin.stateOf ?? ((link: Link): GraphState => (link.up ? 'up' : 'down'));
  const addresses = addressesByLink(resources);
  const byName = new Map(links.map((link) => [`${link.node}:${link.name}`, link]));
  /** A tunnel is no better than the link that it goes by. */
  const through = (link: Link): GraphState => {
    const lower = byName.get(`${link.node}:${lowerOf(link) ?? ''}`);
    return stateOf(link) === 'up' && lower !== undefined && stateOf(lower) !== 'up' ? 'no-carrier' : stateOf(link);
  };
  const endOf = (link: Link): GraphEnd => ({
    node: link.node,
    interface: link.name,
    addresses: addresses.get(`${link.node}:${link.name}`) ?? [],
    state: through(link),
    master: link.master ?? null,
  });
  const namespaces = resources.filter((each) => each.kind === 'namespace');
  const onHost = resources.some(({ node }) => node === HOST);
  const waysOut = onHost && namespaces.some(({ internet }) => internet === true);
  const lines: GraphLink[] = [
    ...pairsOf(links, byName).map(([a, b]) => lineOf('veth', null, endOf(a), endOf(b))),
    ...(waysOut ? [lineOf('way-out', null, bareEnd(HOST), bareEnd(INTERNET))] : []),
  ];
  const tunnels = tunnelsOf(resources);
  const ended = new Set<Link>(tunnels.flatMap(({ ends }) => ends));
  const hubs: GraphNode[] = [];
  for (const { label, ends } of tunnels) {
    const [first, second, ...more] = ends.map(endOf);
    if (first === undefined || second === undefined) continue;
    if (more.length === 0) lines.push(lineOf('tunnel', label, first, second));
    else {
      // Of many ends each pair is a tunnel: one place that all lead to says the same with fewer lines.
      const hub = `@${label}`;
      hubs.push({ ...placeOf(hub, 'tunnel'), networks: networksOf(ends.map(endOf)) });
      for (const end of [first, second, ...more]) lines.push(lineOf('tunnel', null, end, bareEnd(hub)));
    }
  }
  const own = groupBy(resources, ({ node }) => node);
  const far = grouped(
    lines.flatMap(({ ends: [a, b] }) => [[a, b] as const, [b, a] as const]),
    ([near, end]) => [near.node, end],
  );
  const nodes = [
    ...namespaces.map((each) => ({ ...placeOf(each.node, each.role), frozen: each.frozen === true })),
    ...(onHost ? [placeOf(HOST, 'host')] : []),
    ...(waysOut ? [placeOf(INTERNET, 'internet')] : []),
  ].map((place) =>
    filled(place, { own: own.get(place.name) ?? [], far: far.get(place.name) ?? [], ended, addresses, stateOf }),
  );
  return {
    lab: origin.lab,
    description: origin.description ?? null,
    source: origin.source,
    nodes: [...nodes, ...hubs],
    links: lines,
    unreachable: null,
  };
}

/** What a node is filled from. */
interface Surroundings {
  /** Its resources. */
  readonly own: readonly Resource[];
  /** The other ends of its lines. */
  readonly far: readonly GraphEnd[];
  /** Ends of tunnels, which are drawn at the tunnel. */
  readonly ended: ReadonlySet<Link>;
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly stateOf: (link: Link) => GraphState;
}

function filled(place: GraphNode, { own, far, ended, addresses, stateOf }: Surroundings): GraphNode {
  const links = own.filter((each) => each.kind === 'link');
  const devices = links
    .filter((link) => link.type !== 'veth' && !ended.has(link))
    .map((link): GraphDevice => ({
      name: link.name,
      type: link.type,
      about: deviceWords(link),
      addresses: addresses.get(`${link.node}:${link.name}`) ?? [],
      state: stateOf(link),
      members: links.filter(({ master }) => master === link.name).map(({ name }) => name),
    }))
    // A loopback is worth a word where it has more than the usual.
    .filter(({ type, addresses }) => type !== 'loopback' || addresses.length > 0);
  const isBridge = place.kind === 'bridge';
  return {
    ...place,
    forwarding: own.some(
      (each) => each.kind === 'sysctl' && FORWARDING.includes(each.key) && each.value !== '0' && each.value !== '',
    ),
    networks: isBridge ? networksOf(far) : [],
    devices: isBridge ? [] : devices,
    processes: own.flatMap((each) =>
      each.kind === 'process' ? [{ name: each.name, trouble: each.state ?? null }] : [],
    ),
    nat: own.flatMap((each) => (each.kind === 'netfilter' ? translationWords(each) : [])),
    filter: own.flatMap((each) => (each.kind === 'netfilter' ? filterWords(each) : [])),
    routes: own.flatMap((each) => (each.kind === 'route' ? [routeWords(each)] : [])),
  };
}

function placeOf(name: string, kind: GraphNode['kind'] | Namespace['role']): GraphNode {
  return {
    name,
    kind,
    forwarding: false,
    networks: [],
    devices: [],
    processes: [],
    nat: [],
    filter: [],
    routes: [],
    frozen: false,
  };
}

function bareEnd(node: string): GraphEnd {
  return { node, interface: '', addresses: [], state: 'up', master: null };
}

function lineOf(kind: GraphLink['kind'], label: string | null, a: GraphEnd, b: GraphEnd): GraphLink {
  const there = new Set(networksOf([b]));
  return {
    kind,
    label,
    networks: networksOf([a]).filter((network) => there.has(network)),
    cut: a.state !== 'up' || b.state !== 'up',
    ends: [a, b],
  };
}

/** Both ends of each cable, once; the end that comes first in the file is the first. */
function pairsOf(links: readonly Link[], byName: ReadonlyMap<string, Link>): (readonly [Link, Link])[] {
  const seen = new Set<Link>();
  return links.flatMap((link) => {
    const peer = link.peer === undefined ? undefined : byName.get(`${link.peer.node}:${link.peer.link}`);
    if (peer === undefined || seen.has(link)) return [];
    seen.add(peer);
    return [[link, peer] as const];
  });
}

/** What some things say of others, by the names of these, in their order. */
function grouped<T, V>(all: Iterable<T>, of: (each: T) => readonly [name: string, said: V]): Map<string, V[]> {
  const found = new Map<string, V[]>();
  for (const each of all) {
    const [name, said] = of(each);
    const list = found.get(name);
    if (list === undefined) found.set(name, [said]);
    else list.push(said);
  }
  return found;
}

/** The networks of some ends, in the order in which they are met. A host's route (/32, /128) is none. */
function networksOf(ends: readonly GraphEnd[]): string[] {
  const prefixes = ends.flatMap(({ addresses }) => addresses.map((text) => parsePrefix(text)!));
  return [
    ...new Set(
      prefixes
        .filter(({ bytes, length }) => length < bytes.length * 8)
        .map((prefix) => formatPrefix(networkOf(prefix))),
    ),
  ];
}

/** Link-local addresses are everywhere, and those of the loopback too: neither tells anything. */
function addressesByLink(resources: readonly Resource[]): Map<string, string[]> {
  const told = resources.filter((each) => each.kind === 'address').filter(({ scope }) => scope === 'global');
  return grouped(told, ({ node, link, prefix }) => [`${node}:${link}`, prefix]);
}
