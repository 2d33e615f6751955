/**
 * The kernel's numbers, grouped as its headers prefix them: `IFF.UP` is IFF_UP. A test has the C compiler compare each of
 * them with the headers.
 */
export * from './constants-nft.ts';

/** linux/socket.h, as far as netlink has to do with them. AF_BRIDGE asks for forwarding entries. */
export const AF = { UNSPEC: 0, INET: 2, BRIDGE: 7, INET6: 10, NETLINK: 16 } as const;

/** Families and socket options: linux/netlink.h. */
export const NETLINK = {
  ROUTE: 0,
  NETFILTER: 12,
  ADD_MEMBERSHIP: 1,
  LISTEN_ALL_NSID: 8,
  CAP_ACK: 10,
  EXT_ACK: 11,
  GET_STRICT_CHK: 12,
} as const;

/** Groups of events of rtnetlink: linux/rtnetlink.h. */
export const RTNLGRP = {
  LINK: 1,
  NEIGH: 3,
  TC: 4,
  IPV4_IFADDR: 5,
  IPV4_ROUTE: 7,
  IPV4_RULE: 8,
  IPV6_IFADDR: 9,
  IPV6_ROUTE: 11,
  IPV6_RULE: 19,
  IPV4_NETCONF: 24,
  IPV6_NETCONF: 25,
} as const;

/** Groups of events of netfilter: linux/netfilter/nfnetlink.h. */
export const NFNLGRP = { NFTABLES: 7, NFTRACE: 9 } as const;

/** Message types below the families'. */
export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4, MIN_TYPE: 0x10 } as const;

/** Flags of nlmsghdr. 0x100 and up mean something else in each of GET, NEW, DEL and acknowledgement. */
export const NLM_F = {
  REQUEST: 0x01,
  MULTI: 0x02,
  ACK: 0x04,
  ECHO: 0x08,
  DUMP_INTR: 0x10,
  DUMP_FILTERED: 0x20,
  /** GET */
  ROOT: 0x100,
  MATCH: 0x200,
  DUMP: 0x300,
  /** NEW: override what exists */
  REPLACE: 0x100,
  /** NEW: fail when it exists */
  EXCL: 0x200,
  /** NEW: make it when it does not exist */
  CREATE: 0x400,
  /** NEW: behind the others */
  APPEND: 0x800,
  /** DEL */
  NONREC: 0x100,
  BULK: 0x200,
  /** ACK */
  CAPPED: 0x100,
  ACK_TLVS: 0x200,
} as const;

/** Attributes of an extended acknowledgement. */
export const NLMSGERR_ATTR = { MSG: 1, OFFS: 2, COOKIE: 3, POLICY: 4, MISS_TYPE: 5, MISS_NEST: 6 } as const;

/** Flags of a device: linux/if.h. */
export const IFF = {
  UP: 0x1,
  BROADCAST: 0x2,
  LOOPBACK: 0x8,
  POINTOPOINT: 0x10,
  RUNNING: 0x40,
  NOARP: 0x80,
  PROMISC: 0x100,
  MASTER: 0x400,
  SLAVE: 0x800,
  MULTICAST: 0x1000,
  LOWER_UP: 0x10000,
} as const;

/** RFC 2863 states of a device. */
export const IF_OPER = {
  UNKNOWN: 0,
  NOTPRESENT: 1,
  DOWN: 2,
  LOWERLAYERDOWN: 3,
  TESTING: 4,
  DORMANT: 5,
  UP: 6,
} as const;

/** Hardware types: linux/if_arp.h. */
export const ARPHRD = { ETHER: 1, LOOPBACK: 772 } as const;

/** What a dump of devices shall have besides; SKIP_STATS makes it a fifth shorter. */
export const RTEXT_FILTER = { VF: 1, BRVLAN: 2, BRVLAN_COMPRESSED: 4, SKIP_STATS: 8 } as const;

/** How the kernel makes IPv6 link-local addresses: linux/if_link.h. */
export const IN6_ADDR_GEN_MODE = { EUI64: 0, NONE: 1, STABLE_PRIVACY: 2, RANDOM: 3 } as const;

/** States of a bridge port: linux/if_bridge.h. */
export const BR_STATE = { DISABLED: 0, LISTENING: 1, LEARNING: 2, FORWARDING: 3, BLOCKING: 4 } as const;

export const MACVLAN_MODE = { PRIVATE: 1, VEPA: 2, BRIDGE: 4, PASSTHRU: 8, SOURCE: 16 } as const;

export const IPVLAN_MODE = { L2: 0, L3: 1, L3S: 2 } as const;

/** How a bond uses its members: linux/if_bonding.h. */
export const BOND_MODE = {
  ROUNDROBIN: 0,
  ACTIVEBACKUP: 1,
  XOR: 2,
  BROADCAST: 3,
  '8023AD': 4,
  TLB: 5,
  ALB: 6,
} as const;

/** Flags of an address: linux/if_addr.h. */
export const IFA_F = {
  SECONDARY: 0x01,
  NODAD: 0x02,
  OPTIMISTIC: 0x04,
  DADFAILED: 0x08,
  HOMEADDRESS: 0x10,
  DEPRECATED: 0x20,
  TENTATIVE: 0x40,
  PERMANENT: 0x80,
  MANAGETEMPADDR: 0x100,
  NOPREFIXROUTE: 0x200,
  MCAUTOJOIN: 0x400,
  STABLE_PRIVACY: 0x800,
} as const;

/** Who made an address. */
export const IFAPROT = { UNSPEC: 0, KERNEL_LO: 1, KERNEL_RA: 2, KERNEL_LL: 3 } as const;

/** Types of route: linux/rtnetlink.h. */
export const RTN = {
  UNSPEC: 0,
  UNICAST: 1,
  LOCAL: 2,
  BROADCAST: 3,
  ANYCAST: 4,
  MULTICAST: 5,
  BLACKHOLE: 6,
  UNREACHABLE: 7,
  PROHIBIT: 8,
  THROW: 9,
} as const;

/** How far away the destination of a route, or how widely valid an address is. */
export const RT_SCOPE = { UNIVERSE: 0, SITE: 200, LINK: 253, HOST: 254, NOWHERE: 255 } as const;

/** Who made a route, a rule or a neighbour. */
export const RTPROT = {
  UNSPEC: 0,
  REDIRECT: 1,
  KERNEL: 2,
  BOOT: 3,
  STATIC: 4,
  RA: 9,
  ZEBRA: 11,
  BIRD: 12,
  DHCP: 16,
  BABEL: 42,
  BGP: 186,
  ISIS: 187,
  OSPF: 188,
  RIP: 189,
} as const;

export const RT_TABLE = { UNSPEC: 0, COMPAT: 252, DEFAULT: 253, MAIN: 254, LOCAL: 255 } as const;

export const RTM_F = { NOTIFY: 0x100, CLONED: 0x200, PREFIX: 0x800, LOOKUP_TABLE: 0x1000, FIB_MATCH: 0x2000 } as const;

/** Flags of a next hop; those of a plain route stand in the low bits of `rtm_flags`. */
export const RTNH_F = { DEAD: 1, PERVASIVE: 2, ONLINK: 4, OFFLOAD: 8, LINKDOWN: 16, UNRESOLVED: 32, TRAP: 64 } as const;

/** What a rule does: linux/fib_rules.h. */
export const FR_ACT = { UNSPEC: 0, TO_TBL: 1, GOTO: 2, NOP: 3, BLACKHOLE: 6, UNREACHABLE: 7, PROHIBIT: 8 } as const;

export const FIB_RULE = { PERMANENT: 1, INVERT: 2, UNRESOLVED: 4, IIF_DETACHED: 8, OIF_DETACHED: 16 } as const;

/** States of a neighbour: linux/neighbour.h. */
export const NUD = {
  NONE: 0,
  INCOMPLETE: 0x01,
  REACHABLE: 0x02,
  STALE: 0x04,
  DELAY: 0x08,
  PROBE: 0x10,
  FAILED: 0x20,
  NOARP: 0x40,
  PERMANENT: 0x80,
} as const;

/** Flags of a neighbour. A forwarding entry of a device itself has SELF, one of its bridge MASTER. */
export const NTF = {
  USE: 0x01,
  SELF: 0x02,
  MASTER: 0x04,
  PROXY: 0x08,
  EXT_LEARNED: 0x10,
  OFFLOADED: 0x20,
  STICKY: 0x40,
  ROUTER: 0x80,
} as const;
