/** Single things of the host's namespace, asked for by name: it may hold thousands that are none of the lab's business. */
import { NetlinkError } from '../../errors.ts';
import { AF, RTM_F, RTN, RTPROT } from '../../netlink/constants.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { getlink } from '../../netlink/spec/rt-link.ts';
import { getroute } from '../../netlink/spec/rt-route.ts';
import { familyOf } from '../../resource/wire.ts';

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
  const header = { family, dst_len: family === AF.INET ? 32 : 128, flags: RTM_F.LOOKUP_TABLE | RTM_F.FIB_MATCH };
  return ask(() => {
    const [found] = socket.request(getroute, { header, attrs: { dst: address } });
    if (found === undefined) return undefined;
    return { length: found.header.dst_len, oif: found.attrs.oif, local: found.header.type === RTN.LOCAL };
  });
}

/** Whether IPv6's route of last resort was learnt from a router: the kernel forgets it when forwarding is turned on. */
export function hasLearntDefault(socket: NetlinkSocket): boolean {
  const header = { family: AF.INET6, protocol: RTPROT.RA };
  const found = ask(() =>
    socket.dump(getroute, { header }, ({ protocol, dst_len }) => protocol === RTPROT.RA && dst_len === 0),
  );
  return (found?.length ?? 0) > 0;
}

/** Undefined for what the kernel refuses: it is not there. */
function ask<T>(question: () => T): T | undefined {
  try {
    return question();
  } catch (error) {
    if (error instanceof NetlinkError) return undefined;
    throw error;
  }
}
