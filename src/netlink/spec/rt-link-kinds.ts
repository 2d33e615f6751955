/** What each kind of device takes in IFLA_INFO_DATA: linux/if_link.h, linux/if_tunnel.h. */
import { attrs, be16, be32, flag, ip, struct, u16, u32, u8 } from '../codec.ts';

/** `ip link add … type vxlan id 10 local ADDRESS dstport 4789`. The destination port is in network byte order. */
const vxlan = attrs('IFLA_VXLAN_', {
  id: [1, u32],
  group: [2, ip],
  link: [3, u32],
  local: [4, ip],
  ttl: [5, u8],
  tos: [6, u8],
  learning: [7, u8],
  ageing: [8, u32],
  limit: [9, u32],
  proxy: [11, u8],
  rsc: [12, u8],
  l2miss: [13, u8],
  l3miss: [14, u8],
  port: [15, be16],
  group6: [16, ip],
  local6: [17, ip],
  udp_csum: [18, u8],
  udp_zero_csum6_tx: [19, u8],
  udp_zero_csum6_rx: [20, u8],
  gbp: [23, flag],
  collect_metadata: [25, u8],
  ttl_inherit: [28, u8],
  df: [29, u8],
});

/** `ip link add link eth0 … type vlan id 5` */
const vlan = attrs('IFLA_VLAN_', {
  id: [1, u16],
  flags: [2, struct('ifla_vlan_flags', '', { flags: u32, mask: u32 })],
  protocol: [5, be16],
});

/** `ip link add link eth0 … type macvlan mode bridge` */
const macvlan = attrs('IFLA_MACVLAN_', { mode: [1, u32], flags: [2, u16] });

/** `ip link add link eth0 … type ipvlan mode l3` */
const ipvlan = attrs('IFLA_IPVLAN_', { mode: [1, u16], flags: [2, u16] });

/** `ip link add … type vrf table 10` */
const vrf = attrs('IFLA_VRF_', { table: [1, u32] });

/** `ip link add … type bond mode active-backup miimon 100` */
const bond = attrs('IFLA_BOND_', {
  mode: [1, u8],
  active_slave: [2, u32],
  miimon: [3, u32],
  updelay: [4, u32],
  downdelay: [5, u32],
  primary: [11, u32],
  fail_over_mac: [13, u8],
  xmit_hash_policy: [14, u8],
  ad_lacp_rate: [21, u8],
});

/** `ip link add … type gre local ADDRESS remote ADDRESS key 1`; gretap and ip6gre too. Keys are in network byte order. */
const gre = attrs('IFLA_GRE_', {
  link: [1, u32],
  iflags: [2, be16],
  oflags: [3, be16],
  ikey: [4, be32],
  okey: [5, be32],
  local: [6, ip],
  remote: [7, ip],
  ttl: [8, u8],
  tos: [9, u8],
  pmtudisc: [10, u8],
  encap_limit: [11, u8],
  flowinfo: [12, be32],
  flags: [13, u32],
});

/** `ip link add … type ipip local ADDRESS remote ADDRESS`; sit and ip6tnl too. */
const iptun = attrs('IFLA_IPTUN_', {
  link: [1, u32],
  local: [2, ip],
  remote: [3, ip],
  ttl: [4, u8],
  tos: [5, u8],
  encap_limit: [6, u8],
  flowinfo: [7, be32],
  proto: [9, u8],
  pmtudisc: [10, u8],
});

/** `ip link add … type geneve id 10 remote ADDRESS dstport 6081` */
const geneve = attrs('IFLA_GENEVE_', {
  id: [1, u32],
  remote: [2, ip],
  ttl: [3, u8],
  tos: [4, u8],
  port: [5, be16],
  collect_metadata: [6, flag],
  remote6: [7, ip],
});

/** A kind that takes nothing. */
const nothing = attrs('', {});

/** By the kind's name, but for veth (which holds a whole link) and bridge. */
export const kinds = {
  vxlan,
  vlan,
  macvlan,
  ipvlan,
  vrf,
  bond,
  gre,
  gretap: gre,
  ip6gre: gre,
  ipip: iptun,
  sit: iptun,
  ip6tnl: iptun,
  geneve,
  dummy: nothing,
  ifb: nothing,
} as const;
