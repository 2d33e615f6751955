/** Numbers of sockets and packets, as the kernel's headers have them. A test asks the C compiler about each. */

/** asm-generic/socket.h, linux/net.h: types and flags of socket(2). */
export const SOCK = { STREAM: 1, DGRAM: 2, RAW: 3, PACKET: 10, NONBLOCK: 0o4000, CLOEXEC: 0o2000000 } as const;

/** linux/socket.h: families. */
export const AF = { INET: 2, INET6: 10, PACKET: 17 } as const;

/** linux/in.h, linux/in6.h: protocols. */
export const IPPROTO = { IP: 0, ICMP: 1, TCP: 6, UDP: 17, IPV6: 41, ICMPV6: 58, RAW: 255 } as const;

/** The level of options of all sockets: asm-generic/socket.h. */
export const SOL = { SOCKET: 1, PACKET: 263 } as const;

/** Options of all sockets: asm-generic/socket.h. */
export const SO = {
  REUSEADDR: 2,
  ERROR: 4,
  SNDBUF: 7,
  RCVBUF: 8,
  ATTACH_FILTER: 26,
  RCVBUFFORCE: 33,
  TIMESTAMPNS_NEW: 64,
} as const;

/** Options of IPv4: linux/in.h. */
export const IP = { TTL: 2, RECVTTL: 12, MTU_DISCOVER: 10, RECVERR: 11, MTU: 14 } as const;

/** Options of IPv6: linux/in6.h. */
export const IPV6 = {
  MTU_DISCOVER: 23,
  MTU: 24,
  RECVERR: 25,
  V6ONLY: 26,
  UNICAST_HOPS: 16,
  MULTICAST_IF: 17,
  MULTICAST_HOPS: 18,
  RECVHOPLIMIT: 51,
  HOPLIMIT: 52,
  DONTFRAG: 62,
} as const;

/** What IP_MTU_DISCOVER and IPV6_MTU_DISCOVER take: never fragment here and never look at what is known of the path; do both as usual. */
export const IP_PMTUDISC = { DONT: 0, WANT: 1, DO: 2, PROBE: 3 } as const;

/** Options of raw sockets, which choose what these see: linux/icmp.h, linux/icmpv6.h. */
export const ICMP_FILTER = 1;
export const ICMPV6_FILTER = 1;

/** Protocols over Ethernet: linux/if_ether.h. The one of a packet socket that gets everything is ALL. */
export const ETH_P = { ALL: 0x0003, ARP: 0x0806 } as const;

/** Options of packet sockets: linux/if_packet.h. */
export const PACKET = { RX_RING: 5, STATISTICS: 6, VERSION: 10 } as const;

/** How a packet came to be where it is seen: linux/if_packet.h. */
export const PACKET_TYPE = { HOST: 0, BROADCAST: 1, MULTICAST: 2, OTHERHOST: 3, OUTGOING: 4 } as const;

/** The third form of a ring of packets: linux/if_packet.h. */
export const TPACKET_V3 = 2;

/** What a block of a ring, or a packet in it, says of itself: linux/if_packet.h. */
export const TP_STATUS = { KERNEL: 0, USER: 1, VLAN_VALID: 0x10, VLAN_TPID_VALID: 0x40 } as const;

/** Types of interfaces that have an Ethernet header: linux/if_arp.h. */
export const ARPHRD = { ETHER: 1, LOOPBACK: 772 } as const;

/** Types of neighbour discovery: netinet/icmp6.h. */
export const ND_NEIGHBOR = { SOLICIT: 135, ADVERT: 136 } as const;

/** Flags of send(2) and recv(2): linux/socket.h. */
export const MSG = { DONTWAIT: 0x40, TRUNC: 0x20, ERRQUEUE: 0x2000, NOSIGNAL: 0x4000 } as const;

/** Who put something into a socket's queue of errors: linux/errqueue.h. */
export const SO_EE_ORIGIN = { LOCAL: 1, ICMP: 2, ICMP6: 3 } as const;

/** Types of ICMP: linux/icmp.h. */
export const ICMP = { ECHOREPLY: 0, DEST_UNREACH: 3, ECHO: 8, TIME_EXCEEDED: 11, PARAMETERPROB: 12 } as const;

/** Codes of DEST_UNREACH: linux/icmp.h. */
export const ICMP_CODE = {
  NET_UNREACH: 0,
  HOST_UNREACH: 1,
  PROT_UNREACH: 2,
  PORT_UNREACH: 3,
  FRAG_NEEDED: 4,
  SR_FAILED: 5,
  NET_UNKNOWN: 6,
  HOST_UNKNOWN: 7,
  NET_ANO: 9,
  HOST_ANO: 10,
  NET_UNR_TOS: 11,
  HOST_UNR_TOS: 12,
  PKT_FILTERED: 13,
} as const;

/** Types of ICMPv6: linux/icmpv6.h. */
export const ICMPV6 = {
  DEST_UNREACH: 1,
  PKT_TOOBIG: 2,
  TIME_EXCEED: 3,
  PARAMPROB: 4,
  ECHO_REQUEST: 128,
  ECHO_REPLY: 129,
} as const;

/** Codes of ICMPv6's DEST_UNREACH: linux/icmpv6.h. */
export const ICMPV6_CODE = {
  NOROUTE: 0,
  ADM_PROHIBITED: 1,
  NOT_NEIGHBOUR: 2,
  ADDR_UNREACH: 3,
  PORT_UNREACH: 4,
  POLICY_FAIL: 5,
  REJECT_ROUTE: 6,
} as const;
