/** What stands in the lab's namespaces now, in the same types as what is wanted. */
import type { Address, Fdb, Link, LinkType, Resource, ResourceKind } from '../model/resource.ts';
import { keyOf } from '../resource/index.ts';
import { ALL_ZERO } from '../resource/fdb.ts';
import { GROUP, PROTOCOL } from '../resource/kind.ts';
import type { Observed } from './diff.ts';
import { type ForeignScope, observeForeign } from './foreign.ts';
import { keysOf } from './keys.ts';
import type { Namespaces } from './namespaces.ts';
import { hasNetwork, type Marked, readAddresses, withLostNetworks } from './read/address.ts';
import { type Device, isFallback, type Names, readLinks } from './read/link.ts';
import { readFdb, readNeighbours } from './read/neighbour.ts';
import { readTables } from './read/netfilter.ts';
import { readNetworks, readRoutes } from './read/route.ts';
import { readRules } from './read/rule.ts';
import { readSysctls } from './read/sysctl.ts';

/** What only the state folder can say: the keys of resources of ours that bear no mark in the kernel. */
export type Unmarked = ReadonlySet<string>;

export interface Network extends Observed {
  /** Every device by `node:name`, with what the kernel says of it beyond the model. */
  readonly devices: ReadonlyMap<string, Device>;
  /** The indexes of interfaces that are somebody else's and that the lab speaks of, by `host:name`, `node:name`. */
  readonly others: ReadonlyMap<string, number>;
  /** The nodes of which it is not certain that they listen to each of their IPv6 addresses already, with how many these are. */
  readonly late: ReadonlyMap<string, number>;
}

const NONE: ReadonlySet<string> = new Set();

/** Devices that have, or whose ports have, forwarding entries: where there are none, the kernel's list is long and never ours. */
const FORWARDING: ReadonlySet<LinkType> = new Set(['bridge', 'vxlan', 'geneve', 'other']);

/** Which settings to look at, by node: those of the file and those set by an earlier one. */
export type SysctlKeys = ReadonlyMap<string, ReadonlySet<string>>;

/** Where to look, and what is known already. */
export interface Scope {
  readonly nodes: readonly string[];
  /** Nodes made in this run: nothing can stand in them but what was asked for, so other kinds are not looked for. */
  readonly fresh?: ReadonlyMap<string, ReadonlySet<ResourceKind>>;
  /** Devices of other nodes, seen before: the far ends of veths. */
  readonly known?: ReadonlyMap<string, Device>;
}

/**
 * Dumps the devices, addresses, routes, rules, neighbours, forwarding entries, settings and translation of `nodes`. What the
 * kernel makes by itself (its own routes, link-local addresses, 127.0.0.1) is left out.
 */
export function observeNetwork(
  namespaces: Namespaces,
  { nodes, fresh, known }: Scope,
  sysctls: SysctlKeys,
  unmarked: Unmarked,
  foreign: readonly ForeignScope[] = [],
): Network {
  const resources: Resource[] = [];
  const ours: Resource[] = [];
  const devices = new Map<string, Device>();
  const byIndex = new Map<number, Device>();
  const late = new Map<string, number>();
  const add = (resource: Resource, marked: boolean): void => {
    resources.push(resource);
    if (marked || (unmarked.size > 0 && unmarked.has(keyOf(resource)))) ours.push(resource);
  };

  for (const device of known?.values() ?? []) byIndex.set(device.index, device);
  const names = new Map<string, Names>();
  const forwarding = new Set<string>();
  for (const node of nodes) {
    const own: Names = new Map();
    names.set(node, own);
    for (const device of readLinks(node, namespaces.route(node))) {
      if (FORWARDING.has(device.link.type)) forwarding.add(node);
      own.set(device.index, device.link.name);
      devices.set(`${node}:${device.link.name}`, device);
      // Our own indexes are unique in the lab; lo is 1 everywhere and never asked for.
      byIndex.set(device.index, device);
    }
  }
  const elsewhere = foreign.map((scope) => observeForeign(namespaces, scope, sysctls.get(scope.node) ?? NONE));
  for (const device of elsewhere.flatMap((each) => each.devices)) {
    devices.set(`${device.link.node}:${device.link.name}`, device);
    byIndex.set(device.index, device);
  }
  for (const device of devices.values()) {
    if (!isFallback(device)) add(withPeer(device, byIndex), device.group === GROUP);
  }
  for (const resource of elsewhere.flatMap((each) => each.resources))
    add(resource, resource.kind !== 'sysctl' && resource.kind !== 'fdb');

  // Routes to the networks of addresses are the kernel's own, and missed only where there are fewer of them than addresses.
  const addressesOf = (node: string, networks: number): Marked<Address>[] => {
    const [own, socket] = [names.get(node)!, namespaces.route(node)];
    const found = readAddresses(node, socket, own);
    if (found.filter(({ resource }) => hasNetwork(resource)).length <= networks) return found;
    const isUp = (link: string): boolean => devices.get(`${node}:${link}`)?.link.up === true;
    return withLostNetworks(found, readNetworks(socket, own), isUp);
  };
  for (const node of nodes) {
    const own = names.get(node)!;
    const socket = namespaces.route(node);
    const kinds = fresh?.get(node);
    const lookFor = (kind: ResourceKind): boolean => kinds === undefined || kinds.has(kind);
    const counter = { networks: 0, locals: 0 };
    const routes = lookFor('route') ? readRoutes(node, socket, own, undefined, counter) : [];
    const addresses = addressesOf(node, kinds === undefined ? counter.networks : Infinity);
    const six = addresses.filter(({ resource }) => resource.prefix.includes(':')).length;
    // The loopback's own address is not among them, and has a route too.
    if (six > 0 && counter.locals <= six) late.set(node, six);
    for (const { resource, protocol } of [
      ...addresses,
      ...routes,
      ...(lookFor('rule') ? readRules(node, socket) : []),
      ...(lookFor('neighbour') ? readNeighbours(node, socket, own) : []),
    ]) {
      add(resource, protocol === PROTOCOL);
    }
    if (lookFor('fdb') && forwarding.has(node)) {
      for (const resource of readFdb(node, socket, own)) {
        if (!isRemote(resource, devices.get(`${node}:${resource.dev}`)?.link)) add(resource, false);
      }
    }
    if (lookFor('netfilter') || lookFor('nftables')) {
      for (const resource of readTables(node, namespaces.netfilter(node), () => namespaces.fd(node)))
        add(resource, resource.kind !== 'table');
    }
    for (const resource of readSysctls(node, namespaces.fd(node), socket, sysctls.get(node) ?? NONE))
      add(resource, false);
  }
  const others = new Map(elsewhere.flatMap((each) => [...each.others]));
  return { resources, ours: keysOf(ours), devices, others, late };
}

/** The entry by which the kernel itself keeps a vxlan's `remote`: it is a part of the link. */
function isRemote({ mac, dst }: Fdb, link: Link | undefined): boolean {
  return mac === ALL_ZERO && dst !== undefined && dst === link?.vxlan?.remote;
}

/**
 * The far end of a veth, by the index that the near end names. Devices that others made may bear an index of ours by accident, so
 * both ends must name each other.
 */
function withPeer({ link, index, lower }: Device, byIndex: ReadonlyMap<number, Device>): Link {
  if (link.type !== 'veth' || lower === undefined) return link;
  const far = byIndex.get(lower);
  if (far === undefined || far.link.type !== 'veth' || far.lower !== index) return link;
  return { ...link, peer: { node: far.link.node, link: far.link.name } };
}
