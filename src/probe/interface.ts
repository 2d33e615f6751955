/** An interface of a network namespace, by its name. */
import { NetlinkError, SystemError } from '../errors.ts';
import { RTEXT_FILTER } from '../netlink/constants.ts';
import type { ReplyOf } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { getlink } from '../netlink/spec/rt-link.ts';

/** What the kernel says of it. Like `ip link show eth0`. Throws SystemError ENODEV when there is none. */
export function interfaceNamed(socket: NetlinkSocket, ifname: string): ReplyOf<typeof getlink> {
  try {
    const [link] = socket.request(getlink, { attrs: { ifname, ext_mask: RTEXT_FILTER.SKIP_STATS } });
    if (link !== undefined) return link;
  } catch (error) {
    // A name that is too long for one is refused in other words.
    if (!(error instanceof NetlinkError)) throw error;
  }
  throw new SystemError('if_nametoindex', 'ENODEV', ifname);
}
