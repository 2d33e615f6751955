/** `tcp[tcpflags] & (tcp-syn|tcp-fin) != 0`: a number at a place in a header, compared. */
import { ETHERTYPES, IP_PROTOCOLS, ip4Protocol, isEthertype } from './protocols.ts';
import { all, ALWAYS, equal, type Field, not, network, type Test } from './test.ts';
import type { FilterWords } from './words.ts';

/** The headers, where each begins, and what must be so that it is there. */
const HEADERS: Readonly<Record<string, { of: 'link' | 'network' | 'transport'; at: number; test: Test }>> = {
  ether: { of: 'link', at: 0, test: ALWAYS },
  ip: { of: 'network', at: 0, test: isEthertype(ETHERTYPES['ip']!) },
  ip6: { of: 'network', at: 0, test: isEthertype(ETHERTYPES['ip6']!) },
  arp: { of: 'network', at: 0, test: isEthertype(ETHERTYPES['arp']!) },
  icmp6: {
    of: 'network',
    at: 40,
    test: all(isEthertype(ETHERTYPES['ip6']!), equal(network(6, 1), IP_PROTOCOLS['icmp6']!)),
  },
  ...Object.fromEntries(
    ['tcp', 'udp', 'icmp', 'sctp'].map((word) => [
      word,
      {
        of: 'transport' as const,
        at: 0,
        test: all(ip4Protocol(IP_PROTOCOLS[word]!), equal(network(6, 2), 0, 0x1fff)),
      },
    ]),
  ),
};

/** Names of pcap-filter(7) for places and values. */
const NUMBERS: Readonly<Record<string, number>> = {
  tcpflags: 13,
  icmptype: 0,
  icmpcode: 1,
  icmp6type: 0,
  icmp6code: 1,
  'tcp-fin': 1,
  'tcp-syn': 2,
  'tcp-rst': 4,
  'tcp-push': 8,
  'tcp-ack': 16,
  'tcp-urg': 32,
  'tcp-ece': 64,
  'tcp-cwr': 128,
  'icmp-echoreply': 0,
  'icmp-unreach': 3,
  'icmp-redirect': 5,
  'icmp-echo': 8,
  'icmp-timxceed': 11,
  'icmp6-destinationrunreach': 1,
  'icmp6-packettoobig': 2,
  'icmp6-timeexceeded': 3,
  'icmp6-echo': 128,
  'icmp6-echoreply': 129,
  'icmp6-routersolicit': 133,
  'icmp6-routeradvert': 134,
  'icmp6-neighborsolicit': 135,
  'icmp6-neighboradvert': 136,
};

export function isAccessor(words: FilterWords): boolean {
  return words.peek(1) === '[' && Object.hasOwn(HEADERS, words.word);
}

/** @throws FilterError. */
export function accessor(words: FilterWords): Test {
  const { of, at, test } = HEADERS[words.next()]!;
  words.need('[');
  const [place = '', size = '1'] = words.next().split(':');
  const offset = numberOf(place);
  if (offset === undefined || !['1', '2', '4'].includes(size))
    return words.refuseRead('a place, such as 13, 0:2 or tcpflags: sizes are 1, 2 and 4');
  words.need(']');
  const field: Field = { of, at: at + offset, size: Number(size) as 1 | 2 | 4 };
  const mask = words.take('&') ? constant(words) : undefined;
  const operator = words.next();
  const masked = mask === undefined ? {} : { mask };
  const compare = (op: '=' | '>' | '>='): Test => ({ field, ...masked, op, value: constant(words) });
  switch (operator) {
    case '=':
    case '==':
      return all(test, compare('='));
    case '!=':
      return all(test, not(compare('=')));
    case '>':
    case '>=':
      return all(test, compare(operator));
    case '<':
      return all(test, not(compare('>=')));
    case '<=':
      return all(test, not(compare('>')));
    default:
      return words.refuseRead('=, !=, <, <=, > or >=');
  }
}

/** Numbers and names, and several of them joined by `|`. */
function constant(words: FilterWords): number {
  let value = single(words);
  while (words.take('|')) value |= single(words);
  return value >>> 0;
}

function single(words: FilterWords): number {
  if (words.take('(')) {
    const inner = constant(words);
    words.need(')');
    return inner;
  }
  const word = words.next();
  const value = numberOf(word);
  return value ?? words.refuseRead('a number, or a name such as tcp-syn');
}

function numberOf(word: string): number | undefined {
  if (Object.hasOwn(NUMBERS, word)) return NUMBERS[word];
  return /^(?:[0-9]+|0x[0-9a-f]+)$/i.test(word) && Number(word) <= 0xffffffff ? Number(word) : undefined;
}
