/** What a namespace's routes say of an address. */
import { NetlinkError } from '../errors.ts';
import { RTEXT_FILTER, RTM_F } from '../netlink/constants.ts';
import type { ReplyOf } from '../netlink/message.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { getlink } from '../netlink/spec/rt-link.ts';
import { getroute } from '../netlink/spec/rt-route.ts';
import { AF } from './constants.ts';
import { decodeSockaddr, type Endpoint } from './endpoint.ts';

/** What the kernel would do with a packet. Like `ip route get ADDRESS`, with `oif` of one interface. Undefined when there is no route. */
export function routeTo(
  socket: NetlinkSocket,
  dst: string,
  { oif = 0, flags = 0 }: { readonly oif?: number; readonly flags?: number } = {},
): ReplyOf<typeof getroute> | undefined {
  const six = dst.includes(':');
  const header = { family: six ? AF.INET6 : AF.INET, dst_len: six ? 128 : 32, flags };
  try {
    return socket.request(getroute, { header, attrs: oif === 0 ? { dst } : { dst, oif } })[0];
  } catch (error) {
    if (error instanceof NetlinkError) return undefined;
    throw error;
  }
}

/** The MTU of the first link toward an address: what its route says, else its interface. Undefined when there is no route. */
export function firstMtu(netns: number, { bytes }: Endpoint): number | undefined {
  const { address, scope: oif } = decodeSockaddr(bytes)!;
  using socket = NetlinkSocket.open('route', { netns });
  // What was learnt of the path is no part of the table, and it is what is to be found out.
  const said = routeTo(socket, address, { oif, flags: RTM_F.FIB_MATCH })?.attrs.metrics?.mtu;
  if (said !== undefined) return said;
  const index = routeTo(socket, address, { oif })?.attrs.oif;
  if (index === undefined) return undefined;
  try {
    const [link] = socket.request(getlink, { header: { index }, attrs: { ext_mask: RTEXT_FILTER.SKIP_STATS } });
    return link?.attrs.mtu;
  } catch (error) {
    if (error instanceof NetlinkError) return undefined;
    throw error;
  }
}
