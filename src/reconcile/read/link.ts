import { NetlinkError } from '../../errors.ts';
import { FALLBACKS } from '../../model/fallbacks.ts';
import type { Link, LinkType } from '../../model/resource.ts';
import { IF_OPER, IFF, RTEXT_FILTER } from '../../netlink/constants.ts';
import type { ReplyOf } from '../../netlink/message.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { getlink } from '../../netlink/spec/rt-link.ts';
import { deviceOf, isDeviceType } from '../../resource/link/devices.ts';

/** A device as the kernel shows it: the model's link, and what the model does not speak of. */
export interface Device {
  readonly link: Link;
  readonly index: number;
  /** The index of the device under it, or of the far end of a veth. */
  readonly lower?: number;
  /** `ip link show group …`: our mark. */
  readonly group: number;
  /** Whether the far end is there and up. */
  readonly carrier: boolean;
  /** It is up and has its carrier, and the kernel has not acted upon that yet: what leaves by it is dropped. */
  readonly idle: boolean;
}

/** Names of a namespace's devices by index. */
export type Names = Map<number, string>;

type Reply = ReplyOf<typeof getlink>;

/** Kinds of devices that are `state UP` as soon as the kernel has acted upon their carrier. Others stay `state UNKNOWN`. */
const ACTED_UPON: ReadonlySet<LinkType> = new Set(['veth', 'bridge', 'macvlan']);

/** Whether a device is one that the kernel made. */
export function isFallback({ link, group }: Device): boolean {
  return group === 0 && FALLBACKS.has(link.name);
}

/** All devices of a namespace, or those of the names given. Like `ip -d link show`. */
export function readLinks(node: string, socket: NetlinkSocket, only?: Iterable<string>): Device[] {
  const attrs = { ext_mask: RTEXT_FILTER.SKIP_STATS };
  const replies =
    only === undefined ? socket.dump(getlink, { attrs }) : [...only].flatMap((ifname) => askFor(socket, ifname));
  const names: Names = new Map(replies.map(({ header, attrs }) => [header.index, attrs.ifname ?? '']));
  return replies.map((reply) => readDevice(node, reply, names));
}

/** One device by its name, or none. */
function askFor(socket: NetlinkSocket, ifname: string): Reply[] {
  try {
    return socket.request(getlink, { attrs: { ifname, ext_mask: RTEXT_FILTER.SKIP_STATS } });
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === 'ENODEV') return [];
    throw error;
  }
}

function readDevice(node: string, { header, attrs }: Reply, names: Names): Device {
  const type = typeOf(header.flags, attrs.linkinfo?.kind);
  const device = deviceOf(type);
  const master = attrs.master === undefined ? undefined : names.get(attrs.master);
  return {
    index: header.index,
    group: attrs.group ?? 0,
    carrier: attrs.carrier === 1,
    idle:
      ACTED_UPON.has(type) && attrs.carrier === 1 && (header.flags & IFF.UP) !== 0 && attrs.operstate !== IF_OPER.UP,
    ...(attrs.link === undefined ? {} : { lower: attrs.link }),
    link: {
      kind: 'link',
      node,
      name: attrs.ifname ?? '',
      type,
      up: (header.flags & IFF.UP) !== 0,
      ...(attrs.mtu === undefined ? {} : { mtu: attrs.mtu }),
      // Where there is no Ethernet the kernel shows the tunnel's own address in its place.
      ...(attrs.address === undefined || device?.mac === 'none' ? {} : { mac: attrs.address }),
      ...(master === undefined ? {} : { master }),
      ...(isHairpin(attrs.linkinfo) ? { hairpin: true } : {}),
      ...device?.read({ attrs, names }),
    },
  };
}

function isHairpin(info: Reply['attrs']['linkinfo']): boolean {
  return info?.slave_kind === 'bridge' && info.slave_data?.mode === 1;
}

function typeOf(flags: number, kind: string | undefined): LinkType {
  if ((flags & IFF.LOOPBACK) !== 0) return 'loopback';
  return kind !== undefined && isDeviceType(kind) ? kind : 'other';
}
