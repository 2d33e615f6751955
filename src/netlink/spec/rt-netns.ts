/** Numbers that one network namespace has for others: linux/net_namespace.h. */
import { attrs, s32, struct, u32, u8 } from '../codec.ts';
import { message } from '../message.ts';

/** Nothing but a family, which is 0 here. */
export const rtgenmsg = struct('rtgenmsg', 'rtgen_', { family: u8 });

/** `nsid` is -1 when none is assigned. */
export const nsidAttrs = attrs('NETNSA_', {
  nsid: [1, s32],
  pid: [2, u32],
  fd: [3, u32],
  target_nsid: [4, s32],
  current_nsid: [5, s32],
});

/** `ip netns set NAME NSID` */
export const newnsid = message('RTM_NEWNSID', 88, rtgenmsg, nsidAttrs);
/** `ip netns list-id` */
export const getnsid = message('RTM_GETNSID', 90, rtgenmsg, nsidAttrs);
