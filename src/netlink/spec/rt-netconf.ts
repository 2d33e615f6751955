/** Settings of the network by netlink: linux/netconf.h. Much cheaper to read than the same under /proc/sys/net. */
import { attrs, s32, struct, u8 } from '../codec.ts';
import { message } from '../message.ts';

/** The header of every message about settings; with its padding, as the kernel's dumps want it. */
export const netconfmsg = struct('netconfmsg', 'ncm_', { family: u8 });

/** `ifindex` is -1 for `all`, -2 for `default`. */
export const netconfAttrs = attrs('NETCONFA_', {
  ifindex: [1, s32],
  forwarding: [2, s32],
  rp_filter: [3, s32],
  mc_forwarding: [4, s32],
  proxy_neigh: [5, s32],
  ignore_routes_with_linkdown: [6, s32],
});

/** `ip netconf show`; without NLM_F_DUMP, of the device that `ifindex` names. */
export const getnetconf = message('RTM_GETNETCONF', 82, netconfmsg, netconfAttrs);
