/** Neighbours, and with the family AF_BRIDGE the forwarding entries of bridges and vxlans: linux/neighbour.h. */
import { attrs, be16, ip, mac, s32, struct, u16, u32, u8 } from '../codec.ts';
import { message } from '../message.ts';

/** The header of every message about a neighbour: `state` is of NUD, `flags` of NTF. */
export const ndmsg = struct('ndmsg', 'ndm_', {
  family: u8,
  pad1: u8,
  pad2: u16,
  ifindex: s32,
  state: u16,
  flags: u8,
  type: u8,
});

/** A neighbour, or a forwarding entry: then `lladdr` is where to, and `dst` the far end of the tunnel. */
export const neighAttrs = attrs('NDA_', {
  dst: [1, ip],
  lladdr: [2, mac],
  probes: [4, u32],
  vlan: [5, u16],
  port: [6, be16],
  vni: [7, u32],
  ifindex: [8, u32],
  master: [9, u32],
  link_netnsid: [10, s32],
  src_vni: [11, u32],
  protocol: [12, u8],
  nh_id: [13, u32],
  flags_ext: [15, u32],
});

/** `ip neighbour add 10.0.0.2 lladdr MAC dev eth0 nud permanent`, `bridge fdb append MAC dev vxlan0 dst ADDRESS` */
export const newneigh = message('RTM_NEWNEIGH', 28, ndmsg, neighAttrs);
/** `ip neighbour delete 10.0.0.2 dev eth0`, `bridge fdb delete MAC dev vxlan0` */
export const delneigh = message('RTM_DELNEIGH', 29, ndmsg, neighAttrs);
/** `ip neighbour show`, `bridge fdb show` */
export const getneigh = message('RTM_GETNEIGH', 30, ndmsg, neighAttrs);
