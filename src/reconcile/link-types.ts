/** Which kinds of devices this machine's kernel can make. */
import { NetlinkError } from '../errors.ts';
import type { DeviceType } from '../model/resource.ts';
import { NLM_F } from '../netlink/constants.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import { newlink } from '../netlink/spec/rt-link.ts';
import type { LinkInfo } from '../resource/link/device.ts';
import { inFreshNetns } from './fresh.ts';

/** The kinds that netlab cannot be used without, so that it need not ask for them. */
export const BASIC: ReadonlySet<DeviceType> = new Set(['veth', 'bridge', 'vxlan']);

/**
 * Those of `types` that the kernel does not know. Each is asked for once, without its options and in a network namespace that
 * vanishes at once; a module that is there is loaded by that.
 */
export function missingLinkTypes(types: ReadonlySet<DeviceType>): Set<DeviceType> {
  return inFreshNetns(() => {
    const socket = NetlinkSocket.open('route');
    try {
      return new Set([...types].filter((type) => !knows(socket, type)));
    } finally {
      socket.close();
    }
  });
}

/** Whether a bridge of this kernel looks at VLAN tags (CONFIG_BRIDGE_VLAN_FILTERING). Asked as above. */
export function filtersVlans(): boolean {
  return inFreshNetns(() => {
    const socket = NetlinkSocket.open('route');
    try {
      const linkinfo = { kind: 'bridge', data: { vlan_filtering: 1 } } as LinkInfo;
      socket.request(newlink, { attrs: { ifname: 'probe', linkinfo } }, NLM_F.CREATE | NLM_F.EXCL);
      return true;
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error;
      return error.errno !== 'EOPNOTSUPP';
    } finally {
      socket.close();
    }
  });
}

function knows(socket: NetlinkSocket, kind: DeviceType): boolean {
  try {
    const linkinfo = { kind } as LinkInfo;
    socket.request(newlink, { attrs: { ifname: `probe-${kind}`, linkinfo } }, NLM_F.CREATE | NLM_F.EXCL);
  } catch (error) {
    // An unknown kind is refused with these words; one that is known may well want its options, or a device to stand on.
    if (!(error instanceof NetlinkError)) throw error;
    return error.errno !== 'EOPNOTSUPP';
  }
  return true;
}
