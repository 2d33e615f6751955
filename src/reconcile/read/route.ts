import type { Nexthop, Route } from '../../model/resource.ts';
import { AF, RT_TABLE, RTM_F, RTN, RTNH_F, RTPROT } from '../../netlink/constants.ts';
import type { ReplyOf } from '../../netlink/message.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { getroute } from '../../netlink/spec/rt-route.ts';
import { ROUTE_TYPE, SCOPE, wordFor } from '../../resource/wire.ts';
import type { Marked } from './address.ts';
import type { Names } from './link.ts';

type Reply = ReplyOf<typeof getroute>;

/** How many routes the kernel has made by itself. */
export interface Counter {
  /** To the networks of addresses. */
  networks: number;
  /** To the namespace's own IPv6 addresses. */
  locals: number;
}

/** Whether a route is one that the kernel makes for the network of an address. An IPv6 address alone has one too, which is not missed. */
function isNetwork({ protocol, family, type, dst_len: length }: Reply['header']): boolean {
  return protocol === RTPROT.KERNEL && type === RTN.UNICAST && (family === AF.INET || length < 128);
}

/** Those routes, as `eth0 10.0.0.0/24` each. Like `ip route show proto kernel`. */
export function readNetworks(socket: NetlinkSocket, names: Names): Set<string> {
  const found = socket.dump(getroute, { header: { protocol: RTPROT.KERNEL } }, isNetwork);
  return new Set(
    found.map(({ header, attrs }) => {
      const none = header.family === AF.INET6 ? '::' : '0.0.0.0';
      return `${names.get(attrs.oif ?? 0)} ${attrs.dst ?? none}/${header.dst_len}`;
    }),
  );
}

/**
 * All routes of a namespace but the kernel's own (`proto kernel`, of which the table local is full); with `only`, those of one protocol number.
 * Like `ip route show table all`.
 */
export function readRoutes(
  node: string,
  socket: NetlinkSocket,
  names: Names,
  only?: number,
  counter?: Counter,
): Marked<Route>[] {
  const keep = (header: Reply['header']): boolean => {
    const { protocol, flags } = header;
    if (protocol === RTPROT.KERNEL) {
      if (counter === undefined) return false;
      if (isNetwork(header)) counter.networks += 1;
      else if (header.type === RTN.LOCAL && header.family === AF.INET6) counter.locals += 1;
      return false;
    }
    return (
      (only === undefined || protocol === only) &&
      protocol !== RTPROT.RA &&
      protocol !== RTPROT.REDIRECT &&
      (flags & RTM_F.CLONED) === 0
    );
  };
  const found: Marked<Route>[] = [];
  for (const reply of socket.dump(getroute, only === undefined ? {} : { header: { protocol: only } }, keep)) {
    const resource = readRoute(node, reply, names);
    if (resource !== undefined) found.push({ resource, protocol: reply.header.protocol });
  }
  return found;
}

/** The routes of the table main, the kernel's own too. Like `ip route show` and `ip -6 route show`. */
export function readMainRoutes(node: string, socket: NetlinkSocket, names: Names): Route[] {
  const keep = ({ table, flags }: Reply['header']): boolean => table === RT_TABLE.MAIN && (flags & RTM_F.CLONED) === 0;
  return socket.dump(getroute, {}, keep).flatMap((reply) => readRoute(node, reply, names) ?? []);
}

function readRoute(node: string, { header, attrs }: Reply, names: Names): Route | undefined {
  const type = wordFor(ROUTE_TYPE, header.type);
  if (type === undefined) return undefined;
  const six = header.family === AF.INET6;
  const ip = attrs.dst ?? (six ? '::' : '0.0.0.0');
  const mtu = attrs.metrics?.mtu;
  // A scope is worth saying only where it is not what the kernel would choose; IPv6 routes have none.
  const scope = six ? undefined : wordFor(SCOPE, header.scope);
  return {
    kind: 'route',
    node,
    to: `${ip}/${header.dst_len}`,
    type,
    table: attrs.table ?? header.table,
    metric: attrs.priority ?? 0,
    nexthops: type === 'unicast' ? readNexthops({ header, attrs }, names) : [],
    ...(attrs.prefsrc === undefined ? {} : { source: attrs.prefsrc }),
    ...(mtu === undefined || mtu === 0 ? {} : { mtu }),
    ...(scope === undefined ? {} : { scope }),
  };
}

function readNexthops({ header, attrs }: Reply, names: Names): Nexthop[] {
  const hop = (oif: number | undefined, via: string | undefined, flags: number, hops: number): Nexthop => {
    const dev = oif === undefined ? undefined : names.get(oif);
    return {
      ...(via === undefined ? {} : { via }),
      ...(dev === undefined ? {} : { dev }),
      ...((flags & RTNH_F.ONLINK) === 0 ? {} : { onlink: true }),
      weight: hops + 1,
    };
  };
  if (attrs.multipath === undefined) return [hop(attrs.oif, attrs.gateway, header.flags, 0)];
  return attrs.multipath.map((way) =>
    hop(way.header?.ifindex, way.attrs?.gateway, way.header?.flags ?? 0, way.header?.hops ?? 0),
  );
}
