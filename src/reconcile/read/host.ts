/** Single things of the host's namespace, asked for by name: it may hold thousands that are none of the lab's business. */
import { AF, IFA_F, RTM_F, RTN, RTPROT } from '../../netlink/constants.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { getaddr } from '../../netlink/spec/rt-addr.ts';
import { getlink } from '../../netlink/spec/rt-link.ts';
import { getroute } from '../../netlink/spec/rt-route.ts';
import { familyOf } from '../../resource/wire.ts';
import { ask } from './ask.ts';

/** The index of an interface, or undefined. Like `ip link show dev NAME`. */
export function indexOf(socket: NetlinkSocket, name: string): number | undefined {
  return ask(() => socket.request(getlink, { attrs: { ifname: name } })[0]?.header.index);
}

/** The names of all interfaces, for a message that suggests one. */
export function interfaceNames(socket: NetlinkSocket): string[] {
  return socket.dump(getlink, {}).flatMap(({ attrs }) => attrs.ifname ?? []);
}

/** The highest index in use. */
export function highestIndex(socket: NetlinkSocket): number {
  let highest = 0;
  // Of what is not kept only the header is read.
  socket.dump(getlink, {}, ({ index }) => {
    highest = Math.max(highest, index);
    return false;
  });
  return highest;
}

/** How an address is reached. */
export interface Way {
  /** The prefix length of the route that decides; 0 is the route of last resort. */
  readonly length: number;
  /** The index of the interface. */
  readonly oif: number | undefined;
  /** The address is the namespace's own. */
  readonly local: boolean;
}

/** Like `ip route get fibmatch ADDRESS`. Undefined when there is no way. */
export function wayTo(socket: NetlinkSocket, address: string): Way | undefined {
  const family = familyOf(address);
  // IPv4 tells the table only when asked to; IPv6 always, and refuses the question.
  const header =
    family === AF.INET
      ? { family, dst_len: 32, flags: RTM_F.LOOKUP_TABLE | RTM_F.FIB_MATCH }
      : { family, dst_len: 128, flags: RTM_F.FIB_MATCH };
  return ask(() => {
    const [found] = socket.request(getroute, { header, attrs: { dst: address } });
    if (found === undefined) return undefined;
    return { length: found.header.dst_len, oif: found.attrs.oif, local: found.header.type === RTN.LOCAL };
  });
}

/** Whether there is a route of last resort that leads somewhere. */
export function hasDefault(socket: NetlinkSocket, family: 4 | 6): boolean {
  const way = wayTo(socket, family === 4 ? '192.0.2.1' : '2001:db8:ffff:ffff::1');
  return way !== undefined && way.length === 0 && !way.local;
}

/** The indexes of interfaces that have learnt a route or an address from an IPv6 router. */
export function listensToRouters(socket: NetlinkSocket): Set<number> {
  const routes = ask(() => socket.dump(getroute, { header: { family: AF.INET6, protocol: RTPROT.RA } })) ?? [];
  const learnt = routes.flatMap(({ header, attrs }) =>
    header.protocol === RTPROT.RA && attrs.oif !== undefined ? [attrs.oif] : [],
  );
  // What a router has given does not last for ever.
  const given = ask(() => socket.dump(getaddr, { header: { family: AF.INET6 } })) ?? [];
  const lent = given.flatMap(({ header, attrs }) =>
    header.family === AF.INET6 && ((attrs.flags ?? header.flags) & IFA_F.PERMANENT) === 0 ? [header.index] : [],
  );
  return new Set([...learnt, ...lent]);
}

/** The indexes of interfaces whose IPv6 route of last resort was learnt from a router. */
export function learntDefaults(socket: NetlinkSocket): number[] {
  const header = { family: AF.INET6, protocol: RTPROT.RA };
  const found = ask(() =>
    socket.dump(getroute, { header }, ({ protocol, dst_len }) => protocol === RTPROT.RA && dst_len === 0),
  );
  return (found ?? []).flatMap(({ attrs }) => attrs.oif ?? []);
}
