/** Numbers of netfilter and nf_tables: linux/netfilter.h, linux/netfilter_ipv4.h, linux/netfilter/*.h. */

/** What becomes of a packet; also the policy of a chain. */
export const NF = { DROP: 0, ACCEPT: 1 } as const;

/** Where a chain hooks in, for inet, ip and ip6. */
export const NF_INET = { PRE_ROUTING: 0, LOCAL_IN: 1, FORWARD: 2, LOCAL_OUT: 3, POST_ROUTING: 4, INGRESS: 5 } as const;

/** `priority dstnat` and `srcnat`, and the others that nft has names for. */
export const NF_IP_PRI = { RAW: -300, MANGLE: -150, NAT_DST: -100, FILTER: 0, SECURITY: 50, NAT_SRC: 100 } as const;

/** Families of tables: `inet` is both IPv4 and IPv6. */
export const NFPROTO = { UNSPEC: 0, INET: 1, IPV4: 2, ARP: 3, NETDEV: 5, BRIDGE: 7, IPV6: 10 } as const;

export const NFNL_SUBSYS = { NONE: 0, CTNETLINK: 1, NFTABLES: 10 } as const;

/** Verdicts besides NF.ACCEPT and NF.DROP. */
export const NFT = { CONTINUE: -1, BREAK: -2, JUMP: -3, GOTO: -4, RETURN: -5 } as const;

/** Registers: four of 16 bytes, or the same as sixteen of 4 bytes from 8 on. */
export const NFT_REG = { VERDICT: 0, 1: 1, 2: 2, 3: 3, 4: 4 } as const;
export const NFT_REG32 = { '00': 8, '01': 9, '02': 10, '03': 11 } as const;

export const NFT_TABLE_F = { DORMANT: 1, OWNER: 2 } as const;
export const NFT_CHAIN = { BASE: 1, HW_OFFLOAD: 2, BINDING: 4 } as const;

export const NFT_META = {
  LEN: 0,
  PROTOCOL: 1,
  PRIORITY: 2,
  MARK: 3,
  IIF: 4,
  OIF: 5,
  IIFNAME: 6,
  OIFNAME: 7,
  IIFTYPE: 8,
  OIFTYPE: 9,
  SKUID: 10,
  SKGID: 11,
  NFTRACE: 12,
  NFPROTO: 15,
  L4PROTO: 16,
  PKTTYPE: 19,
  CPU: 20,
  IIFGROUP: 21,
  OIFGROUP: 22,
} as const;

/** What an event of a trace tells: a chain's policy, its end, a rule that matched. */
export const NFT_TRACETYPE = { POLICY: 1, RETURN: 2, RULE: 3 } as const;

export const NFT_CT = {
  STATE: 0,
  DIRECTION: 1,
  STATUS: 2,
  MARK: 3,
  L3PROTOCOL: 7,
  SRC: 8,
  DST: 9,
  PROTOCOL: 10,
  PROTO_SRC: 11,
  PROTO_DST: 12,
  SRC_IP: 19,
  DST_IP: 20,
  SRC_IP6: 21,
  DST_IP6: 22,
} as const;

/** linux/netfilter/nf_conntrack_common.h; `ct status dnat` */
export const IPS = { EXPECTED: 1, SEEN_REPLY: 2, ASSURED: 4, CONFIRMED: 8, SRC_NAT: 16, DST_NAT: 32 } as const;

export const NFT_CMP = { EQ: 0, NEQ: 1, LT: 2, LTE: 3, GT: 4, GTE: 5 } as const;
export const NFT_RANGE = { EQ: 0, NEQ: 1 } as const;
export const NFT_BITWISE = { MASK_XOR: 0, LSHIFT: 1, RSHIFT: 2 } as const;
export const NFT_LOOKUP_F = { INV: 1 } as const;
export const NFT_PAYLOAD = { LL_HEADER: 0, NETWORK_HEADER: 1, TRANSPORT_HEADER: 2, INNER_HEADER: 3 } as const;
export const NFT_PAYLOAD_CSUM = { NONE: 0, INET: 1, SCTP: 2 } as const;

export const NFT_NAT = { SNAT: 0, DNAT: 1 } as const;

/** Flags of nat, masq and redir: linux/netfilter/nf_nat.h. */
export const NF_NAT_RANGE = {
  MAP_IPS: 1,
  PROTO_SPECIFIED: 2,
  PROTO_RANDOM: 4,
  PERSISTENT: 8,
  PROTO_RANDOM_FULLY: 16,
  PROTO_OFFSET: 32,
  NETMAP: 64,
} as const;

/** What a route lookup shall say, and (F_*, in C NFTA_FIB_F_*) about which address of the packet. */
export const NFT_FIB = {
  RESULT_UNSPEC: 0,
  RESULT_OIF: 1,
  RESULT_OIFNAME: 2,
  RESULT_ADDRTYPE: 3,
  F_SADDR: 1,
  F_DADDR: 2,
  F_MARK: 4,
  F_IIF: 8,
  F_OIF: 16,
  F_PRESENT: 32,
} as const;

export const NFT_SET = {
  ANONYMOUS: 0x1,
  CONSTANT: 0x2,
  INTERVAL: 0x4,
  MAP: 0x8,
  TIMEOUT: 0x10,
  EVAL: 0x20,
  OBJECT: 0x40,
  CONCAT: 0x80,
} as const;
export const NFT_SET_ELEM = { INTERVAL_END: 1, CATCHALL: 2 } as const;

export const NFT_REJECT = { ICMP_UNREACH: 0, TCP_RST: 1, ICMPX_UNREACH: 2 } as const;
export const NFT_REJECT_ICMPX = { NO_ROUTE: 0, PORT_UNREACH: 1, HOST_UNREACH: 2, ADMIN_PROHIBITED: 3 } as const;
export const NFT_NG = { INCREMENTAL: 0, RANDOM: 1 } as const;
export const NFT_LOGLEVEL = { EMERG: 0, ALERT: 1, CRIT: 2, ERR: 3, WARNING: 4, NOTICE: 5, INFO: 6, DEBUG: 7 } as const;

/** Transport protocols: linux/in.h, linux/in6.h. */
export const IPPROTO = { ICMP: 1, TCP: 6, UDP: 17, ICMPV6: 58 } as const;
