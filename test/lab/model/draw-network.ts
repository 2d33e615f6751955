/** Routes, rules, neighbours, forwarding entries and settings of a node that is being drawn. */
import type {
  FdbDocument,
  NeighborDocument,
  NexthopDocument,
  RouteDocument,
  RuleDocument,
} from '../../../src/topology/document.ts';
import { byChance, type Interface, type Way, waysOf } from './interface.ts';
import type { Dice } from './sketch.ts';

const NOWHERE = ['blackhole', 'unreachable', 'prohibit', 'throw'] as const;
const TABLES = [undefined, undefined, 100, 200] as const;

/** Items without those that say the same as an earlier one in what `key` tells. */
function once<T>(list: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(list.toReversed().map((item) => [key(item), item])).values()].toReversed();
}

export function routesOf(list: readonly Dice[], interfaces: readonly Interface[]): RouteDocument[] {
  const routes = list.map((dice) => routeOf(dice, interfaces));
  return once(routes, ({ to, table, metric }) => `${to} ${table ?? ''} ${metric ?? ''}`);
}

function routeOf([kind, where, how, more]: Dice, interfaces: readonly Interface[]): RouteDocument {
  const six = where % 3 === 0;
  const nth = how % 6;
  const to = nth === 5 ? (six ? 'default6' : 'default') : six ? `fd99:${nth}::/64` : `10.${210 + nth}.0.0/16`;
  const table = byChance(TABLES, more);
  const metric = more % 5 === 0 ? 50 + (more % 3) : undefined;
  const base = { to, ...(table === undefined ? {} : { table }), ...(metric === undefined ? {} : { metric }) };
  const ways = waysOf(interfaces, six);
  const way = ways[where % Math.max(1, ways.length)];
  if (way === undefined || kind % 8 === 0) return { ...base, type: byChance(NOWHERE, kind >> 3) };
  const mtu = more % 7 === 0 ? { mtu: 1300 } : {};
  switch (kind % 8) {
    case 1:
      return { ...base, dev: way.dev, ...(six || more % 2 === 0 ? {} : { scope: 'link' }) };
    case 2:
      return { ...base, nexthops: hopsOf(ways, more, kind) };
    case 3:
      return { ...base, ...(six ? { via: 'fd77::1' } : { via: '172.31.0.1' }), dev: way.dev, onlink: true };
    case 4: {
      const src = sourceOf(interfaces, way, six);
      return { ...base, ...way, ...(src === undefined ? {} : { src }) };
    }
    case 5:
      return { ...base, via: way.via, ...mtu };
    default:
      return { ...base, ...way, ...mtu };
  }
}

function hopsOf(ways: readonly Way[], more: number, kind: number): NexthopDocument[] {
  const hops = ways.slice(0, 3).map((way, i) => ({ ...way, ...(((more >> i) & 1) === 1 ? { weight: 2 + i } : {}) }));
  return kind % 3 === 0 ? hops.toReversed() : hops;
}

/** An address of the interface, to be the route's source. */
function sourceOf(interfaces: readonly Interface[], { dev }: Way, six: boolean): string | undefined {
  const all = interfaces.find(({ name }) => name === dev)?.document.addresses ?? [];
  return all.findLast((text) => text.includes(':') === six && !text.startsWith('fe80'))?.replace(/\/.*/, '');
}

export function rulesOf(list: readonly Dice[], interfaces: readonly Interface[]): RuleDocument[] {
  const rules = list.map(([a, b, c, d]): RuleDocument => {
    const six = a % 4 === 0;
    const network = (n: number): string => (six ? `fd66:${n % 4}::/64` : `10.${180 + (n % 4)}.0.0/16`);
    const dev = interfaces[c % Math.max(1, interfaces.length)]?.name;
    return {
      ...(b % 4 === 3 && !six ? {} : { from: network(b) }),
      ...(c % 3 === 0 ? { to: network(c) } : {}),
      ...(dev !== undefined && d % 4 === 1 ? { iif: dev } : {}),
      ...(dev !== undefined && d % 4 === 2 ? { oif: dev } : {}),
      ...(d % 5 === 0 ? { fwmark: 1 + (d % 3) } : {}),
      table: byChance([100, 200, 'main'] as const, d),
      ...(a % 3 === 0 ? {} : { priority: 2000 + (a % 4) }),
    };
  });
  return once(rules, (rule) => JSON.stringify(rule));
}

/** Interfaces that can have neighbours: those that are up. */
export function neighborsOf(list: readonly Dice[], interfaces: readonly Interface[]): NeighborDocument[] {
  const up = interfaces.filter(({ document }) => document.up !== false);
  const neighbors = list.flatMap(([a, b, c]): NeighborDocument[] => {
    const on = up[a % Math.max(1, up.length)];
    if (on === undefined) return [];
    const to = b % 3 === 0 ? `fd00:aa::${1 + (b % 5)}` : `10.${on.segment}.0.${200 + (b % 5)}`;
    return [{ to, mac: `02:00:00:00:aa:0${c % 4}`, dev: on.name }];
  });
  return once(neighbors, ({ to, dev }) => `${to} ${dev}`);
}

export function fdbOf(list: readonly Dice[], interfaces: readonly Interface[]): FdbDocument[] {
  const fit = interfaces.filter(({ document: { type }, port }) => type === 'vxlan' || port);
  const entries = list.flatMap(([a, b, c]): FdbDocument[] => {
    const on = fit[a % Math.max(1, fit.length)];
    if (on === undefined) return [];
    // All zeros: where a vxlan sends what it knows no place for. There it may say so of several.
    const zero = on.document.type === 'vxlan' && b % 4 === 3;
    const mac = zero ? '00:00:00:00:00:00' : `02:00:00:00:bb:0${b % 4}`;
    return [{ mac, dev: on.name, ...(on.document.type === 'vxlan' ? { dst: `192.0.2.${50 + (c % 4)}` } : {}) }];
  });
  return once(entries, ({ mac, dev, dst }) => `${mac} ${dev} ${mac.startsWith('00:00:00:00') ? dst : ''}`);
}

/** Settings of the whole namespace, and of one interface. */
export function sysctlsOf(
  list: readonly Dice[],
  interfaces: readonly Interface[],
  mayForward: boolean,
): Record<string, string | number> {
  const pairs = list.flatMap(([a, b, c]): (readonly [string, string | number])[] => {
    const dev = interfaces[c % Math.max(1, interfaces.length)]?.name;
    const pool: (readonly [string, string | number])[] = [
      ['net.ipv4.ip_default_ttl', 33 + (b % 3)],
      ['net.ipv4.conf.all.rp_filter', b % 3],
      ['net.ipv4.conf.default.rp_filter', b % 3],
      ['net.ipv4.tcp_ecn', b % 3],
      ['net.ipv4.ping_group_range', byChance(['0 100', '1 0'], b)],
      ['net.ipv6.conf.default.accept_ra', b % 2],
      ...(mayForward ? ([['net.ipv4.ip_forward', b % 2]] as const) : []),
      ...(dev === undefined
        ? []
        : ([
            [`net.ipv4.conf.${dev}.rp_filter`, b % 3],
            [`net.ipv4.conf.${dev}.arp_ignore`, b % 3],
            [`net.ipv6.conf.${dev}.accept_ra`, b % 2],
            [`net.ipv4.neigh.${dev}.gc_stale_time`, 30 + (b % 3)],
            [`net.ipv4.conf.${dev}.forwarding`, b % 2],
          ] as const)),
    ];
    return [byChance(pool, a)];
  });
  return Object.fromEntries(pairs);
}
