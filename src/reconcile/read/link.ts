import type { BridgeOptions, Link, LinkType, VxlanOptions } from '../../model/resource.ts';
import { IFF, RTEXT_FILTER } from '../../netlink/constants.ts';
import type { ReplyOf } from '../../netlink/message.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { getlink } from '../../netlink/spec/rt-link.ts';

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
}

/** Names of a namespace's devices by index. */
export type Names = Map<number, string>;

type Reply = ReplyOf<typeof getlink>;

/** All devices of a namespace. Like `ip -d link show`. */
export function readLinks(node: string, socket: NetlinkSocket): Device[] {
  const replies = socket.dump(getlink, { attrs: { ext_mask: RTEXT_FILTER.SKIP_STATS } });
  const names: Names = new Map(replies.map(({ header, attrs }) => [header.index, attrs.ifname ?? '']));
  return replies.map((reply) => readDevice(node, reply, names));
}

function readDevice(node: string, { header, attrs }: Reply, names: Names): Device {
  const type = typeOf(header.flags, attrs.linkinfo?.kind);
  const master = attrs.master === undefined ? undefined : names.get(attrs.master);
  const bridge = readBridge(attrs.linkinfo);
  const vxlan = readVxlan(attrs.linkinfo, names);
  return {
    index: header.index,
    group: attrs.group ?? 0,
    carrier: attrs.carrier === 1,
    ...(attrs.link === undefined ? {} : { lower: attrs.link }),
    link: {
      kind: 'link',
      node,
      name: attrs.ifname ?? '',
      type,
      up: (header.flags & IFF.UP) !== 0,
      ...(attrs.mtu === undefined ? {} : { mtu: attrs.mtu }),
      ...(attrs.address === undefined ? {} : { mac: attrs.address }),
      ...(master === undefined ? {} : { master }),
      ...(bridge === undefined ? {} : { bridge }),
      ...(vxlan === undefined ? {} : { vxlan }),
    },
  };
}

function typeOf(flags: number, kind: string | undefined): LinkType {
  if ((flags & IFF.LOOPBACK) !== 0) return 'loopback';
  return kind === 'veth' || kind === 'bridge' || kind === 'vxlan' ? kind : 'other';
}

function readBridge(info: Reply['attrs']['linkinfo']): BridgeOptions | undefined {
  if (info?.kind !== 'bridge' || info.data === undefined) return undefined;
  const { stp_state, vlan_filtering, mcast_snooping } = info.data;
  return {
    stp: stp_state !== undefined && stp_state !== 0,
    vlanFiltering: vlan_filtering === 1,
    mcastSnooping: mcast_snooping === 1,
  };
}

function readVxlan(info: Reply['attrs']['linkinfo'], names: Names): VxlanOptions | undefined {
  if (info?.kind !== 'vxlan' || info.data === undefined) return undefined;
  const { id = 0, link, local, local6, group, group6, port = 0, learning } = info.data;
  const lower = link === undefined || link === 0 ? undefined : names.get(link);
  const source = given(local) ?? given(local6);
  const remote = given(group) ?? given(group6);
  return {
    id,
    port,
    learning: learning === 1,
    ...(lower === undefined ? {} : { link: lower }),
    ...(source === undefined ? {} : { local: source }),
    ...(remote === undefined ? {} : { remote }),
  };
}

function given(address: string | undefined): string | undefined {
  return address === undefined || address === '0.0.0.0' || address === '::' ? undefined : address;
}
