/** Routes: linux/rtnetlink.h. */
import { attrs, frames, ip, s32, struct, u16, u32, u8, via } from '../codec.ts';
import { message } from '../message.ts';

/**
 * The header of every message about a route. Tables above 255 stand in RTA_TABLE; `table` is 0 then in a request and
 * RT_TABLE_COMPAT in a reply, where RTA_TABLE is always there.
 */
export const rtmsg = struct('rtmsg', 'rtm_', {
  family: u8,
  dst_len: u8,
  src_len: u8,
  tos: u8,
  table: u8,
  protocol: u8,
  scope: u8,
  type: u8,
  flags: u32,
});

/** One way of a multipath route. `hops` is its weight less one; `len` is counted by the codec. */
export const rtnexthop = struct('rtnexthop', 'rtnh_', { len: u16, flags: u8, hops: u8, ifindex: s32 });

/** What a next hop has of its own. */
const nexthopAttrs = attrs('RTA_', { gateway: [5, ip], via: [18, via] });

const metrics = attrs('RTAX_', {
  lock: [1, u32],
  mtu: [2, u32],
  window: [3, u32],
  rtt: [4, u32],
  rttvar: [5, u32],
  ssthresh: [6, u32],
  cwnd: [7, u32],
  advmss: [8, u32],
  reordering: [9, u32],
  hoplimit: [10, u32],
  initcwnd: [11, u32],
  features: [12, u32],
  rto_min: [13, u32],
  initrwnd: [14, u32],
  quickack: [15, u32],
});

/** A route. `via` is a gateway of another family than the destination. */
export const routeAttrs = attrs('RTA_', {
  dst: [1, ip],
  src: [2, ip],
  iif: [3, u32],
  oif: [4, u32],
  gateway: [5, ip],
  priority: [6, u32],
  prefsrc: [7, ip],
  metrics: [8, metrics],
  multipath: [9, frames(rtnexthop, nexthopAttrs)],
  flow: [11, u32],
  table: [15, u32],
  mark: [16, u32],
  via: [18, via],
  pref: [20, u8],
  encap_type: [21, u16],
  expires: [23, u32],
  uid: [25, u32],
  nh_id: [30, u32],
});

/** `ip route add 10.2.0.0/24 via 10.1.0.2` */
export const newroute = message('RTM_NEWROUTE', 24, rtmsg, routeAttrs);
/** `ip route delete 10.2.0.0/24` */
export const delroute = message('RTM_DELROUTE', 25, rtmsg, routeAttrs);
/** `ip route show table all`; without NLM_F_DUMP, `ip route get ADDRESS` */
export const getroute = message('RTM_GETROUTE', 26, rtmsg, routeAttrs);
