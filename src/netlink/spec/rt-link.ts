/** Network devices: linux/if_link.h, linux/rtnetlink.h. */
import { attrs, body, chars, ip, list, mac, s32, select, string, struct, u16, u32, u8 } from '../codec.ts';
import { message } from '../message.ts';
import { bridge, bridgePort } from './rt-link-bridge.ts';
import { kinds } from './rt-link-kinds.ts';

/** The header of every message about a device. `change` is the mask of the `flags` to set. */
export const ifinfomsg = struct('ifinfomsg', 'ifi_', {
  family: u8,
  type: u16,
  index: s32,
  flags: u32,
  change: u32,
});

/** What both ends of a veth can be told; `ip link add eth0 … type veth peer name eth0 mtu 1400 netns NS`. */
const common = {
  address: [1, mac],
  broadcast: [2, mac],
  ifname: [3, string],
  mtu: [4, u32],
  qdisc: [6, string],
  master: [10, u32],
  txqlen: [13, u32],
  ifalias: [20, chars],
  group: [27, u32],
  net_ns_fd: [28, u32],
  num_tx_queues: [31, u32],
  num_rx_queues: [32, u32],
} as const;

/** `ip link add … type veth peer name NAME` */
const veth = attrs('VETH_INFO_', { peer: [1, body(ifinfomsg, attrs('IFLA_', common))] });

const linkinfo = attrs('IFLA_INFO_', {
  kind: [1, chars],
  data: [2, select('kind', { veth, bridge, ...kinds })],
  slave_kind: [4, chars],
  slave_data: [5, select('slave_kind', { bridge: bridgePort })],
});

/** IFLA_AF_SPEC: what a protocol keeps for a device. `ip link set eth0 addrgenmode none` */
const afSpec = attrs('AF_', {
  inet6: [10, attrs('IFLA_INET6_', { flags: [1, u32], token: [7, ip], addr_gen_mode: [8, u8] })],
});

/** All of a device. */
export const linkAttrs = attrs('IFLA_', {
  ...common,
  link: [5, u32],
  operstate: [16, u8],
  linkmode: [17, u8],
  linkinfo: [18, linkinfo],
  net_ns_pid: [19, u32],
  af_spec: [26, afSpec],
  ext_mask: [29, u32],
  promiscuity: [30, u32],
  carrier: [33, u8],
  link_netnsid: [37, s32],
  target_netnsid: [46, s32],
  new_ifindex: [49, s32],
  min_mtu: [50, u32],
  max_mtu: [51, u32],
  prop_list: [52, list('IFLA_ALT_IFNAME', 53, string)],
  alt_ifname: [53, string],
  perm_address: [54, mac],
});

/** `ip link add`; also `ip link set`, without NLM_F_CREATE. */
export const newlink = message('RTM_NEWLINK', 16, ifinfomsg, linkAttrs);
/** `ip link delete` */
export const dellink = message('RTM_DELLINK', 17, ifinfomsg, linkAttrs);
/** `ip -d link show` */
export const getlink = message('RTM_GETLINK', 18, ifinfomsg, linkAttrs);
/** `ip link set` of what exists */
export const setlink = message('RTM_SETLINK', 19, ifinfomsg, linkAttrs);
/** `ip link property add dev eth0 altname NAME` */
export const newlinkprop = message('RTM_NEWLINKPROP', 108, ifinfomsg, linkAttrs);
/** `ip link property del dev eth0 altname NAME` */
export const dellinkprop = message('RTM_DELLINKPROP', 109, ifinfomsg, linkAttrs);
