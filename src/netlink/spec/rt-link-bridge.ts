/** A bridge and its ports: IFLA_BR_* and IFLA_BRPORT_* of linux/if_link.h. Times are in hundredths of a second. */
import { attrs, be16, mac, u16, u32, u8 } from '../codec.ts';

/** `ip link add … type bridge stp_state 0 forward_delay 0 vlan_filtering 0 mcast_snooping 0` */
export const bridge = attrs('IFLA_BR_', {
  forward_delay: [1, u32],
  hello_time: [2, u32],
  max_age: [3, u32],
  ageing_time: [4, u32],
  stp_state: [5, u32],
  priority: [6, u16],
  vlan_filtering: [7, u8],
  vlan_protocol: [8, be16],
  group_fwd_mask: [9, u16],
  root_port: [12, u16],
  root_path_cost: [13, u32],
  group_addr: [20, mac],
  mcast_router: [22, u8],
  mcast_snooping: [23, u8],
  mcast_query_use_ifaddr: [24, u8],
  mcast_querier: [25, u8],
  mcast_hash_max: [27, u32],
  nf_call_iptables: [36, u8],
  nf_call_ip6tables: [37, u8],
  nf_call_arptables: [38, u8],
  vlan_default_pvid: [39, u16],
  mcast_igmp_version: [43, u8],
  mcast_mld_version: [44, u8],
});

/** `ip link set eth0 type bridge_slave hairpin on`, which is `mode` here; `state` is one of BR_STATE. */
export const bridgePort = attrs('IFLA_BRPORT_', {
  state: [1, u8],
  priority: [2, u16],
  cost: [3, u32],
  mode: [4, u8],
  guard: [5, u8],
  protect: [6, u8],
  fast_leave: [7, u8],
  learning: [8, u8],
  unicast_flood: [9, u8],
  proxyarp: [10, u8],
  multicast_router: [25, u8],
  mcast_flood: [27, u8],
  mcast_to_ucast: [28, u8],
  bcast_flood: [30, u8],
  group_fwd_mask: [31, u16],
  neigh_suppress: [32, u8],
  isolated: [33, u8],
  backup_port: [34, u32],
  locked: [39, u8],
});
