/** Policy routing rules: linux/fib_rules.h. */
import { attrs, be64, ip, string, struct, u16, u32, u8 } from '../codec.ts';
import { message } from '../message.ts';

/** The header of every message about a rule: `action` is of FR_ACT. Tables above 255 stand in FRA_TABLE. */
export const fib_rule_hdr = struct('fib_rule_hdr', '', {
  family: u8,
  dst_len: u8,
  src_len: u8,
  tos: u8,
  table: u8,
  res1: u8,
  res2: u8,
  action: u8,
  flags: u32,
});

/** A rule. `suppress_prefixlen` is 0xffffffff when there is none. */
export const ruleAttrs = attrs('FRA_', {
  dst: [1, ip],
  src: [2, ip],
  iifname: [3, string],
  goto: [4, u32],
  priority: [6, u32],
  fwmark: [10, u32],
  flow: [11, u32],
  tun_id: [12, be64],
  suppress_ifgroup: [13, u32],
  suppress_prefixlen: [14, u32],
  table: [15, u32],
  fwmask: [16, u32],
  oifname: [17, string],
  l3mdev: [19, u8],
  uid_range: [20, struct('fib_rule_uid_range', '', { start: u32, end: u32 })],
  protocol: [21, u8],
  ip_proto: [22, u8],
  sport_range: [23, struct('fib_rule_port_range', '', { start: u16, end: u16 })],
  dport_range: [24, struct('fib_rule_port_range', '', { start: u16, end: u16 })],
});

/** `ip rule add from 10.1.0.0/16 lookup 100 priority 1000` */
export const newrule = message('RTM_NEWRULE', 32, fib_rule_hdr, ruleAttrs);
/** `ip rule delete priority 1000` */
export const delrule = message('RTM_DELRULE', 33, fib_rule_hdr, ruleAttrs);
/** `ip rule show` */
export const getrule = message('RTM_GETRULE', 34, fib_rule_hdr, ruleAttrs);
