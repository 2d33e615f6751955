/** What a namespace's routes say of an address. */
import { NetlinkError } from '../errors.ts';
import { RTEXT_FILTER, RTM_F } from '../netlink/constants.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { getlink } from '../netlink/spec/rt-link.ts';
import { getroute } from '../netlink/spec/rt-route.ts';
import { AF } from './constants.ts';
import { decodeSockaddr, type Endpoint } from './endpoint.ts';

/** The MTU of the first link toward an address: what its route says, else its interface. Undefined when there is no route. */
export function firstMtu(netns: number, { family, bytes }: Endpoint): number | undefined {
  const { address: dst, scope } = decodeSockaddr(bytes)!;
  using socket = NetlinkSocket.open('route', { netns });
  try {
    const header = { family: family === 4 ? AF.INET : AF.INET6, dst_len: family === 4 ? 32 : 128 };
    const attrs = scope === 0 ? { dst } : { dst, oif: scope };
    // What was learnt of the path is no part of the table, and it is what is to be found out.
    const [said] = socket.request(getroute, { header: { ...header, flags: RTM_F.FIB_MATCH }, attrs });
    if (said?.attrs.metrics?.mtu !== undefined) return said.attrs.metrics.mtu;
    const [route] = socket.request(getroute, { header, attrs });
    const index = route?.attrs.oif;
    if (index === undefined) return undefined;
    const [link] = socket.request(getlink, { header: { index }, attrs: { ext_mask: RTEXT_FILTER.SKIP_STATS } });
    return link?.attrs.mtu;
  } catch (error) {
    if (error instanceof NetlinkError) return undefined;
    throw error;
  }
}
