/** The connections that a kernel keeps track of: linux/netfilter/nfnetlink_conntrack.h. All numbers are in network byte order. */
import { attrs, be16, be32, ip, u8 } from '../codec.ts';
import { message } from '../message.ts';
import { nfgenmsg } from './nftables.ts';

/** One direction of a connection: whose packets are known by these addresses, and by ports or what ICMP has in their place. */
const tupleAttrs = attrs('CTA_TUPLE_', {
  ip: [1, attrs('CTA_IP_', { v4_src: [1, ip], v4_dst: [2, ip], v6_src: [3, ip], v6_dst: [4, ip] })],
  proto: [
    2,
    attrs('CTA_PROTO_', {
      num: [1, u8],
      src_port: [2, be16],
      dst_port: [3, be16],
      icmp_id: [4, be16],
      icmp_type: [5, u8],
      icmp_code: [6, u8],
      icmpv6_id: [7, be16],
      icmpv6_type: [8, u8],
      icmpv6_code: [9, u8],
    }),
  ],
  zone: [3, be16],
});

/** A connection: its first packet's direction, that of the answers (after translation the two are no mirror images), and its state. */
const connectionAttrs = attrs('CTA_', {
  tuple_orig: [1, tupleAttrs],
  tuple_reply: [2, tupleAttrs],
  status: [3, be32],
  timeout: [7, be32],
  mark: [8, be32],
  id: [12, be32],
  zone: [18, be16],
});

/** A message type is the subsystem (1, NFNL_SUBSYS_CTNETLINK) in the high byte and the operation in the low one. */
const CTNETLINK = 1 << 8;

/**
 * `conntrack -L` as a dump; `conntrack -G` as a request, where `tuple_orig` may be the tuple of either direction. The header's `family` is
 * AF_INET or AF_INET6. A kernel without ctnetlink says EINVAL, and ENOENT of what it does not hold.
 */
export const getconntrack = message('IPCTNL_MSG_CT_GET', CTNETLINK + 1, nfgenmsg, connectionAttrs);
