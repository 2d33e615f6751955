/** Refusals in short words: what a router says by ICMP, and what the node's own kernel says by errno. */
import { ICMP, ICMP_CODE, ICMPV6, ICMPV6_CODE } from './constants.ts';

/** An ICMP message that refuses a packet. */
export interface Refusal {
  /** 4: ICMP; 6: ICMPv6 */
  readonly family: 4 | 6;
  readonly type: number;
  readonly code: number;
  /** The MTU of the link that the packet was too big for; 0 where none is told. */
  readonly mtu: number;
  /** Who says so. */
  readonly from: string;
}

const UNREACHABLE4: Readonly<Record<number, string>> = {
  [ICMP_CODE.NET_UNREACH]: 'network unreachable',
  [ICMP_CODE.HOST_UNREACH]: 'host unreachable',
  [ICMP_CODE.PROT_UNREACH]: 'protocol unreachable',
  [ICMP_CODE.PORT_UNREACH]: 'port unreachable',
  [ICMP_CODE.SR_FAILED]: 'source route failed',
  [ICMP_CODE.NET_UNKNOWN]: 'network unknown',
  [ICMP_CODE.HOST_UNKNOWN]: 'host unknown',
  [ICMP_CODE.NET_UNR_TOS]: 'network unreachable for this type of service',
  [ICMP_CODE.HOST_UNR_TOS]: 'host unreachable for this type of service',
};
const PROHIBITED4: ReadonlySet<number> = new Set([ICMP_CODE.NET_ANO, ICMP_CODE.HOST_ANO, ICMP_CODE.PKT_FILTERED]);

const UNREACHABLE6: Readonly<Record<number, string>> = {
  [ICMPV6_CODE.NOROUTE]: 'network unreachable',
  [ICMPV6_CODE.NOT_NEIGHBOUR]: 'beyond the scope of its source address',
  [ICMPV6_CODE.ADDR_UNREACH]: 'host unreachable',
  [ICMPV6_CODE.PORT_UNREACH]: 'port unreachable',
  [ICMPV6_CODE.REJECT_ROUTE]: 'route rejected',
};
const PROHIBITED6: ReadonlySet<number> = new Set([ICMPV6_CODE.ADM_PROHIBITED, ICMPV6_CODE.POLICY_FAIL]);

/** Whether it says that the time to live was over on the way, which is how the routers of a path are found. */
export function isExpired({ family, type, code }: Pick<Refusal, 'family' | 'type' | 'code'>): boolean {
  return code === 0 && type === (family === 4 ? ICMP.TIME_EXCEEDED : ICMPV6.TIME_EXCEED);
}

/** Whether it says that the packet was too big for a link on the way. */
export function isTooBig({ family, type, code }: Pick<Refusal, 'family' | 'type' | 'code'>): boolean {
  return family === 6 ? type === ICMPV6.PKT_TOOBIG : type === ICMP.DEST_UNREACH && code === ICMP_CODE.FRAG_NEEDED;
}

/** `host unreachable, says 10.0.0.1`; `prohibited by 10.0.0.1`. */
export function refusalWords(refusal: Refusal): string {
  const { family, type, code, mtu, from } = refusal;
  const says = `, says ${from}`;
  if (isTooBig(refusal)) return `packet too big for an MTU of ${mtu}${says}`;
  if (isExpired(refusal)) return `time to live exceeded${says}`;
  if (type === (family === 4 ? ICMP.DEST_UNREACH : ICMPV6.DEST_UNREACH)) {
    if ((family === 4 ? PROHIBITED4 : PROHIBITED6).has(code)) return `prohibited by ${from}`;
    return `${(family === 4 ? UNREACHABLE4 : UNREACHABLE6)[code] ?? `unreachable (code ${code})`}${says}`;
  }
  if (type === (family === 4 ? ICMP.TIME_EXCEEDED : ICMPV6.TIME_EXCEED))
    return `fragments did not come together${says}`;
  if (type === (family === 4 ? ICMP.PARAMETERPROB : ICMPV6.PARAMPROB)) return `parameter problem${says}`;
  return `ICMP type ${type} code ${code}${says}`;
}

const ERRNO_WORDS: Readonly<Record<string, string>> = {
  // Of the node's own routes; a route of type blackhole says EINVAL, of type unreachable EHOSTUNREACH, of type prohibit EACCES.
  ENETUNREACH: 'network unreachable',
  EHOSTUNREACH: 'no route to host',
  EINVAL: 'dropped by a route of type blackhole',
  EACCES: 'prohibited by a route',
  EPERM: "prohibited by the node's own firewall",
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'no answer',
  EMSGSIZE: 'packet too big for the MTU',
  ENETDOWN: 'the interface is down',
  EADDRNOTAVAIL: 'no address to send from',
  ENODEV: 'no such interface',
  ENOBUFS: 'no room, for neighbours or in a queue (net.ipv4.neigh.default.gc_thresh3)',
};

/** What the node's own kernel says when it does not even send: `network unreachable`. An errno that has no words stands for itself. */
export function errnoWords(errno: string): string {
  return ERRNO_WORDS[errno] ?? errno;
}
