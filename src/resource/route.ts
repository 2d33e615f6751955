import { destinationWord } from '../model/ip.ts';
import type { Nexthop, Route } from '../model/resource.ts';
import { RT_SCOPE, RT_TABLE, RTNH_F } from '../netlink/constants.ts';
import { delroute, newroute } from '../netlink/spec/rt-route.ts';
import { compare, compareExactly, type Kind, PROTOCOL, type Surroundings } from './kind.ts';
import { FLAGS, route as request } from './request.ts';
import { pair, words } from './shell.ts';
import { familyOf, ROUTE_TYPE, SCOPE, splitPrefix } from './wire.ts';

/** What a route is, without its node: `route 10.2.0.0/24 via 10.1.0.2`, `blackhole route 10.9.0.0/16`. */
export function routeWords({ to, table, nexthops, type, metric }: Route): string {
  return [
    type === 'unicast' ? 'route' : `${type} route`,
    destinationWord(to),
    ...(nexthops.length === 1
      ? [hopWords(nexthops[0]!, false)]
      : nexthops.map((hop) => `nexthop ${hopWords(hop, true)}`)),
    metric === defaultMetric(to) ? '' : `metric ${metric}`,
    table === RT_TABLE.MAIN ? '' : `table ${table}`,
  ]
    .filter((word) => word !== '')
    .join(' ');
}

/** A route of either family, of one way, several, or none (blackhole and its like). */
export const route: Kind<Route> = {
  kind: 'route',
  // What the kernel tells routes apart by: two with the same of these replace one another.
  key: ({ node, to, table, metric }) => `${node} ${to} table ${table} metric ${metric}`,
  describe: (wanted) => `${routeWords(wanted)} on ${wanted.node}`,

  differences(wanted, found) {
    return [
      ...compare('type', wanted.type, found.type),
      ...(sameHop(wanted, found) ? [] : compareExactly('nexthops', nexthopWords(wanted), nexthopWords(found))),
      ...compareExactly('src', wanted.source, found.source),
      ...compareExactly('mtu', wanted.mtu, found.mtu),
      ...compare('scope', wanted.scope, found.scope),
    ];
  },

  create: (wanted, around) => [request('configure', wanted.node, newroute, message(wanted, around), FLAGS.add)],
  update: (wanted, _found, _differences, around) => [
    request('configure', wanted.node, newroute, message(wanted, around), FLAGS.replace),
  ],

  remove(found, around) {
    if (around.isDropped(found.node)) return [];
    const [ip, length] = splitPrefix(found.to);
    const header = {
      family: familyOf(ip),
      dst_len: length,
      table: found.table < 256 ? found.table : 0,
      scope: RT_SCOPE.NOWHERE,
      type: ROUTE_TYPE[found.type],
    };
    const attrs = { ...(length > 0 ? { dst: ip } : {}), table: found.table, priority: found.metric };
    // A route goes by itself with its device or with the address that it leaned on.
    return [request('unset', found.node, delroute, { header, attrs }, FLAGS.change, ['ESRCH', 'ENODEV', 'ENOENT'])];
  },

  commands: (wanted) => [`${program(wanted)} route add ${commandWords(wanted)}`],
  updateCommands: (wanted) => [`${program(wanted)} route replace ${commandWords(wanted)}`],
  removeCommands: ({ to, type, table, metric, ...rest }) => [
    words(
      `${program({ to })} route delete`,
      type === 'unicast' ? undefined : type,
      to,
      metric === 0 ? undefined : `metric ${metric}`,
      `table ${table}`,
      rest.nexthops.length === 1 ? hopWords(rest.nexthops[0]!, false) : undefined,
    ),
  ],
};

function program({ to }: Pick<Route, 'to'>): string {
  return to.includes(':') ? 'ip -6' : 'ip';
}

/** What stands after `ip route add`. */
function commandWords({ to, type, table, metric, nexthops, source, mtu, scope }: Route): string {
  return words(
    type === 'unicast' ? undefined : type,
    to,
    pair('src', source),
    metric === defaultMetric(to) ? undefined : `metric ${metric}`,
    table === RT_TABLE.MAIN ? undefined : `table ${table}`,
    pair('mtu', mtu),
    pair('scope', scope),
    `proto ${PROTOCOL}`,
    // After the first `nexthop` iproute2 takes nothing else.
    ...(nexthops.length === 1
      ? [hopWords(nexthops[0]!, false)]
      : nexthops.map((hop) => `nexthop ${hopWords(hop, true)}`)),
  );
}

/** What the kernel makes of a metric that is not given: 1024 for IPv6, 0 for IPv4. */
export function defaultMetric(to: string): number {
  return to.includes(':') ? 1024 : 0;
}

function hopWords({ via, dev, onlink, weight }: Nexthop, weighted: boolean): string {
  return words(
    pair('via', via),
    pair('dev', dev),
    weighted ? `weight ${weight}` : undefined,
    onlink === true ? 'onlink' : undefined,
  );
}

/** The common case, told without words: one way, and the same. */
function sameHop({ nexthops: [a, ...rest] }: Route, { nexthops: [b, ...others] }: Route): boolean {
  if (a === undefined || b === undefined || rest.length + others.length > 0) return false;
  return a.via === b.via && a.dev === b.dev && (a.onlink === true) === (b.onlink === true);
}

function nexthopWords({ nexthops }: Route): string | undefined {
  if (nexthops.length === 0) return undefined;
  const words = nexthops.map((hop) => hopWords(hop, nexthops.length > 1));
  // The kernel keeps no order among the ways of an IPv6 route.
  return words.toSorted().join(', ');
}

function message(wanted: Route, around: Surroundings) {
  const { node, to, type, table, metric, nexthops, source, mtu, scope } = wanted;
  const [ip, length] = splitPrefix(to);
  const [only] = nexthops;
  const six = ip.includes(':');
  const direct = type === 'unicast' && nexthops.length === 1 && only?.via === undefined;
  const header = {
    family: familyOf(ip),
    dst_len: length,
    table: table < 256 ? table : 0,
    protocol: PROTOCOL,
    type: ROUTE_TYPE[type],
    scope: scope !== undefined ? SCOPE[scope] : direct && !six ? RT_SCOPE.LINK : RT_SCOPE.UNIVERSE,
    flags: nexthops.length === 1 && only?.onlink === true ? RTNH_F.ONLINK : 0,
  };
  const index = (hop: Nexthop): { oif?: number } => (hop.dev === undefined ? {} : { oif: around.index(node, hop.dev) });
  const attrs = {
    ...(length > 0 ? { dst: ip } : {}),
    table,
    ...(metric === 0 ? {} : { priority: metric }),
    ...(source === undefined ? {} : { prefsrc: source }),
    ...(mtu === undefined ? {} : { metrics: { mtu } }),
    ...(nexthops.length === 1 && only !== undefined
      ? { ...index(only), ...(only.via === undefined ? {} : { gateway: only.via }) }
      : {}),
    ...(nexthops.length > 1
      ? {
          multipath: nexthops.map((hop) => ({
            // rtnh_hops counts from 0 where people count weights from 1.
            header: {
              hops: hop.weight - 1,
              flags: hop.onlink === true ? RTNH_F.ONLINK : 0,
              ifindex: index(hop).oif ?? 0,
            },
            attrs: hop.via === undefined ? {} : { gateway: hop.via },
          })),
        }
      : {}),
  };
  return { header, attrs };
}
