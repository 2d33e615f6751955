/** Protocols as filters name them, and the tests that tell them apart: those that tcpdump makes of the same words. */
import { all, any, equal, type Field, link, network, not, type Test, transport } from './test.ts';

/** Protocols over Ethernet: linux/if_ether.h. */
export const ETHERTYPES: Readonly<Record<string, number>> = {
  ip: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  ip6: 0x86dd,
};

/** Protocols over IP. */
export const IP_PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  icmp6: 58,
  ospf: 89,
  vrrp: 112,
  sctp: 132,
};

/** Those with ports. */
export const WITH_PORTS: readonly string[] = ['tcp', 'udp', 'sctp'];
/** Those that a filter names by themselves; of the others one says `ip proto`. */
export const NAMED: readonly string[] = ['icmp', 'igmp', 'tcp', 'udp', 'icmp6', 'sctp'];

const FRAGMENT = 44;

/** The header of IPv6, and of its fragments. */
const [NEXT, AFTER] = [6, 40];

export function isEthertype(value: number): Test {
  return equal('protocol', value);
}

/** In packets of IPv4, whichever fragment it is. */
export function ip4Protocol(value: number): Test {
  return all(isEthertype(ETHERTYPES['ip']!), equal(network(9, 1), value));
}

/** In packets of IPv6, in fragments too; behind no other header than a fragment's. */
export function ip6Protocol(value: number): Test {
  return all(
    isEthertype(ETHERTYPES['ip6']!),
    any(equal(network(NEXT, 1), value), all(equal(network(NEXT, 1), FRAGMENT), equal(network(AFTER, 1), value))),
  );
}

/** ICMP and IGMP are of IPv4, ICMPv6 of IPv6, the others of both. */
export function namedProtocol(word: string): Test {
  const value = IP_PROTOCOLS[word]!;
  if (word === 'icmp' || word === 'igmp') return ip4Protocol(value);
  return word === 'icmp6' ? ip6Protocol(value) : any(ip4Protocol(value), ip6Protocol(value));
}

/** The spanning tree protocol: a frame of 802.3 for the bridge group's access point of 802.2. */
export function isStp(): Test {
  return all(not({ field: 'protocol', op: '>', value: 1500 }), equal(link(14, 1), 0x42));
}

/** Where the transport's header is in a packet of each family, and the test that it is there: no fragment but the first has one. */
export function inTransport(protocol: number, test: (at: (offset: number, size: 1 | 2 | 4) => Field) => Test): Test {
  const first = equal(network(6, 2), 0, 0x1fff);
  return any(
    all(
      ip4Protocol(protocol),
      first,
      test((at, size) => transport(at, size)),
    ),
    all(
      isEthertype(ETHERTYPES['ip6']!),
      equal(network(NEXT, 1), protocol),
      test((at, size) => network(AFTER + at, size)),
    ),
  );
}
