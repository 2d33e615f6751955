/** Addresses: linux/if_addr.h. */
import { attrs, ip, s32, string, struct, u32, u8 } from '../codec.ts';
import { message } from '../message.ts';

/** The header of every message about an address. Its 8 bits of flags are the low ones of IFA_FLAGS, which wins. */
export const ifaddrmsg = struct('ifaddrmsg', 'ifa_', { family: u8, prefixlen: u8, flags: u8, scope: u8, index: u32 });

/**
 * An address. `local` is ours and `address` the prefix: the same thing except on a point-to-point link. IPv4 needs `local`;
 * IPv6 takes either and reports `address` alone.
 */
export const addrAttrs = attrs('IFA_', {
  address: [1, ip],
  local: [2, ip],
  label: [3, string],
  broadcast: [4, ip],
  anycast: [5, ip],
  cacheinfo: [6, struct('ifa_cacheinfo', '', { ifa_prefered: u32, ifa_valid: u32, cstamp: u32, tstamp: u32 })],
  flags: [8, u32],
  rt_priority: [9, u32],
  target_netnsid: [10, s32],
  proto: [11, u8],
});

/** `ip address add 10.0.0.1/24 dev eth0` */
export const newaddr = message('RTM_NEWADDR', 20, ifaddrmsg, addrAttrs);
/** `ip address delete 10.0.0.1/24 dev eth0` */
export const deladdr = message('RTM_DELADDR', 21, ifaddrmsg, addrAttrs);
/** `ip address show` */
export const getaddr = message('RTM_GETADDR', 22, ifaddrmsg, addrAttrs);
