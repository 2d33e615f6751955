/** Routes, rules, neighbours and forwarding entries of a node → resources. */
import { contains, family, formatPrefix, isLinkLocal, type Prefix } from '../../model/address.ts';
import { formatIp, parseIp } from '../../model/ip.ts';
import { canonicalMac } from '../../model/mac.ts';
import type { Fdb, Neighbour, Nexthop, Route, Rule } from '../../model/resource.ts';
import { items, type NexthopDocument, type RouteDocument, type RuleDocument } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import { addressText, destination, networkText, tableNumber } from '../values.ts';

/** What IPv6 calls metric 0 (IP6_RT_PRIO_USER). */
const IPV6_METRIC = 1024;
/** The first priority that a rule without one gets; the kernel's own are 0, 32766 and 32767. */
const FIRST_PRIORITY = 1000;

/** A network that is reached without a gateway, and by which device. */
export interface OnLink {
  readonly prefix: Prefix;
  readonly dev: string;
}

/** What a node reaches without a gateway: the networks of its addresses, and its routes that name only a device. */
export function onLinkOf(node: DraftNode): OnLink[] {
  const out: OnLink[] = [];
  for (const device of node.devices.values()) {
    if (device.name === 'lo') continue;
    for (const { prefix } of device.addresses) out.push({ prefix, dev: device.name });
  }
  for (const [, route] of items(node.document.routes)) {
    const prefix = route.via === undefined && route.dev !== undefined ? destination(route.to) : undefined;
    if (prefix !== undefined && prefix.length > 0) out.push({ prefix, dev: route.dev! });
  }
  return out;
}

/** The device by which a gateway is reached: the longest prefix wins, the first of equals. */
export function deviceToward(gateway: Uint8Array, onLink: readonly OnLink[]): string | undefined {
  let best: OnLink | undefined;
  for (const one of onLink) {
    if (contains(one.prefix, gateway) && one.prefix.length > (best?.prefix.length ?? -1)) best = one;
  }
  return best?.dev;
}

/** The routes of a node. */
export function routesOf(node: DraftNode): Route[] {
  const list = items(node.document.routes);
  if (list.length === 0) return [];
  const onLink = onLinkOf(node);
  return list.map(([i, route]) => routeOf(node, route, onLink, i));
}

function routeOf(node: DraftNode, route: RouteDocument, onLink: readonly OnLink[], i: number): Route {
  const to = destination(route.to)!;
  const type = route.type ?? 'unicast';
  const ways = route.nexthops === undefined ? [route] : items(route.nexthops).map(([, way]) => way);
  const metric = route.metric ?? 0;
  return {
    kind: 'route',
    node: node.name,
    to: formatPrefix(to),
    type,
    table: tableNumber(route.table),
    metric: family(to.bytes) === 6 && metric === 0 ? IPV6_METRIC : metric,
    nexthops: type === 'unicast' ? ways.map((way) => nexthop(way, onLink)) : [],
    ...(route.src === undefined ? {} : { source: addressText(route.src) }),
    ...(route.scope === undefined ? {} : { scope: route.scope }),
    ...(route.mtu === undefined ? {} : { mtu: route.mtu }),
    at: [...node.at, 'routes', i],
  };
}

function nexthop({ via, dev, onlink, weight }: NexthopDocument, onLink: readonly OnLink[]): Nexthop {
  const gateway = via === undefined ? undefined : parseIp(via);
  const device = dev ?? (gateway === undefined || isLinkLocal(gateway) ? undefined : deviceToward(gateway, onLink));
  return {
    ...(gateway === undefined ? {} : { via: formatIp(gateway) }),
    ...(device === undefined ? {} : { dev: device }),
    ...(onlink === true ? { onlink } : {}),
    weight: weight ?? 1,
  };
}

/** 4 or 6: by its networks; a rule without any is IPv4, as `ip rule` has it. */
function ruleFamily({ from, to }: RuleDocument): 4 | 6 {
  return (from ?? to ?? '').includes(':') ? 6 : 4;
}

/** The rules of a node. Those without a priority get the free ones from 1000 upward, in file order. */
export function rulesOf(node: DraftNode): Rule[] {
  const list = items(node.document.rules);
  const taken = new Set(list.flatMap(([, { priority }]) => (priority === undefined ? [] : [priority])));
  let next = FIRST_PRIORITY;
  const free = (): number => {
    while (taken.has(next)) next++;
    return next++;
  };
  return list.map(([i, rule]) => ({
    kind: 'rule',
    node: node.name,
    family: ruleFamily(rule) === 6 ? 'inet6' : 'inet',
    priority: rule.priority ?? free(),
    ...(rule.from === undefined ? {} : { from: networkText(rule.from) }),
    ...(rule.to === undefined ? {} : { to: networkText(rule.to) }),
    ...(rule.iif === undefined ? {} : { iif: rule.iif }),
    ...(rule.oif === undefined ? {} : { oif: rule.oif }),
    ...(rule.fwmark === undefined ? {} : { fwmark: rule.fwmark }),
    table: tableNumber(rule.table),
    at: [...node.at, 'rules', i],
  }));
}

/** The permanent neighbours of a node. */
export function neighboursOf(node: DraftNode): Neighbour[] {
  return items(node.document.neighbors).map(([i, { to, mac, dev }]) => ({
    kind: 'neighbour',
    node: node.name,
    to: addressText(to),
    mac: canonicalMac(mac) ?? mac,
    dev,
    at: [...node.at, 'neighbors', i],
  }));
}

/** The forwarding entries of a node's bridge ports and vxlans. */
export function fdbOf(node: DraftNode): Fdb[] {
  return items(node.document.fdb).map(([i, { mac, dev, dst }]) => ({
    kind: 'fdb',
    node: node.name,
    mac: canonicalMac(mac) ?? mac,
    dev,
    ...(dst === undefined ? {} : { dst: addressText(dst) }),
    at: [...node.at, 'fdb', i],
  }));
}
