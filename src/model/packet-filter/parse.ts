/**
 * Which packets are meant, in the usual words of pcap-filter(7): `tcp port 80 and not src host 10.0.0.1`. Read as tcpdump reads it: `and` and `or`
 * bind equally strong, from the left; an address or a port without a word before it is meant as the one before was.
 */
import { accessor, isAccessor } from './accessor.ts';
import { type Kind, placeTest, type Qualifiers, type Direction } from './place.ts';
import {
  ETHERTYPES,
  inTransport,
  IP_PROTOCOLS,
  ip4Protocol,
  ip6Protocol,
  isEthertype,
  isStp,
  NAMED,
  namedProtocol,
} from './protocols.ts';
import { all, ALWAYS, any, equal, link, network, not, type Test } from './test.ts';
import { FilterWords } from './words.ts';

export interface FilterNames {
  /** The addresses of a name that stands where a host's can: those of a node. */
  readonly names?: (name: string) => readonly string[] | undefined;
}

/** The words that begin a condition. */
export const FILTER_WORDS: readonly string[] =
  'host net port portrange src dst proto ether ip ip6 arp rarp tcp udp icmp icmp6 igmp sctp stp vlan broadcast multicast less greater inbound outbound not ('.split(
    ' ',
  );

const FLAGS: Readonly<Record<string, number>> = {
  fin: 0x01,
  syn: 0x02,
  rst: 0x04,
  push: 0x08,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
};
const KINDS: readonly string[] = ['host', 'net', 'port', 'portrange', 'proto'];
const ENDS: readonly string[] = ['', 'and', '&&', 'or', '||', ')'];
const OUTGOING = 4;

/** Reads a filter; the empty one means every packet. @throws FilterError. */
export function parseFilter(text: string, names: FilterNames = {}): Test {
  const words = new FilterWords(text);
  if (words.word === '') return ALWAYS;
  const reader = new Reader(words, names);
  const test = reader.expression();
  if (words.word !== '') words.refuse('and, or, or the end');
  return test;
}

class Reader {
  readonly #words: FilterWords;
  readonly #names: FilterNames;
  /** What the last address or port was said to be. */
  #last: Qualifiers = { direction: 'any', kind: 'host' };

  constructor(words: FilterWords, names: FilterNames) {
    this.#words = words;
    this.#names = names;
  }

  expression(): Test {
    let left = this.#term();
    for (;;) {
      if (this.#words.take('and', '&&')) left = all(left, this.#term());
      else if (this.#words.take('or', '||')) left = any(left, this.#term());
      else return left;
    }
  }

  #term(): Test {
    if (this.#words.take('not', '!')) return not(this.#term());
    if (isAccessor(this.#words)) return accessor(this.#words);
    if (this.#words.take('(')) {
      const inner = this.expression();
      this.#words.need(')');
      return inner;
    }
    return this.#single() ?? this.#condition();
  }

  /** Conditions that are a word, or a word and a number. */
  #single(): Test | undefined {
    const words = this.#words;
    if (words.take('broadcast')) return all(equal(link(0, 4), 0xffffffff), equal(link(4, 2), 0xffff));
    if (words.take('multicast')) return equal(link(0, 1), 1, 1);
    if (words.take('inbound')) return not(equal('type', OUTGOING));
    if (words.take('outbound')) return equal('type', OUTGOING);
    if (words.take('stp')) return isStp();
    if (words.take('less')) return not({ field: 'length', op: '>', value: this.#number(0xffffffff) });
    if (words.take('greater')) return { field: 'length', op: '>=', value: this.#number(0xffffffff) };
    if (!words.take('vlan')) return undefined;
    return ENDS.includes(words.word)
      ? not({ field: 'vlan', op: '>', value: 0xfff })
      : equal('vlan', this.#number(0xfff));
  }

  /** `tcp`, `tcp src port 80`, `tcp syn`, `ip proto 47`, `src host 10.0.0.1`, `10.0.0.1`. */
  #condition(): Test {
    const words = this.#words;
    const { word } = words;
    const protocol =
      word === 'ether' || Object.hasOwn(ETHERTYPES, word) || NAMED.includes(word) ? words.next() : undefined;
    if (protocol !== undefined && protocol !== 'ether' && ENDS.includes(words.word)) return protocolTest(protocol);
    if (protocol === 'tcp' && Object.hasOwn(FLAGS, words.word)) {
      const bit = FLAGS[words.next()]!;
      return inTransport(IP_PROTOCOLS['tcp']!, (at) => not(equal(at(13, 1), 0, bit)));
    }
    const group = this.#group(protocol);
    if (group !== undefined) return group;
    const direction = this.#direction();
    const kind = words.take(...KINDS) ? (words.peek(-1) as Kind) : undefined;
    if (kind === 'proto' && direction === undefined) return this.#proto(protocol);
    const isBare = protocol === undefined && direction === undefined && kind === undefined;
    if (direction === undefined && kind === undefined && !/^[0-9]|[:.]/.test(words.word))
      words.refuse(`an address, or one of ${FILTER_WORDS.join(', ')}`);
    const qualifiers: Qualifiers = isBare
      ? this.#last
      : { protocol, direction: direction ?? 'any', kind: kind ?? 'host' };
    this.#last = qualifiers;
    return placeTest(qualifiers, words, this.#names.names);
  }

  /** `ether broadcast`, `ip multicast`. */
  #group(protocol: string | undefined): Test | undefined {
    const words = this.#words;
    if (protocol === 'ether' && ['broadcast', 'multicast'].includes(words.word)) return this.#single();
    if (protocol === 'ip' && words.take('multicast'))
      return all(isEthertype(ETHERTYPES['ip']!), { field: network(16, 1), op: '>=', value: 224 });
    if (protocol === 'ip6' && words.take('multicast'))
      return all(isEthertype(ETHERTYPES['ip6']!), equal(network(24, 1), 255));
    return undefined;
  }

  #direction(): Direction | undefined {
    const words = this.#words;
    if (!words.take('src', 'dst')) return undefined;
    const first = words.peek(-1) as 'src' | 'dst';
    const other = first === 'src' ? 'dst' : 'src';
    if (words.peek(1) !== other || !words.take('or', 'and')) return first;
    const join = words.peek(-1);
    words.next();
    return join === 'or' ? 'any' : 'both';
  }

  /** `proto 47`, `ip proto icmp`, `ether proto 0x88cc`. */
  #proto(protocol: string | undefined): Test {
    const isEther = protocol === 'ether';
    const names = isEther ? ETHERTYPES : IP_PROTOCOLS;
    const bare = this.#words.word.replace(/^\\/, '');
    const named = Object.hasOwn(names, bare) ? names[bare] : undefined;
    if (named !== undefined) this.#words.next();
    const value = named ?? this.#number(isEther ? 0xffff : 0xff, Object.keys(names));
    if (isEther) return isEthertype(value);
    if (protocol === 'ip') return ip4Protocol(value);
    if (protocol === 'ip6') return ip6Protocol(value);
    if (protocol !== undefined) return this.#words.refuseRead(`proto of ether, ip or ip6, and not of ${protocol}`);
    return any(ip4Protocol(value), ip6Protocol(value));
  }

  #number(most: number, words: readonly string[] = []): number {
    const word = this.#words.next();
    const value = /^(?:[0-9]+|0x[0-9a-f]+)$/i.test(word) ? Number(word) : Number.NaN;
    if (value <= most) return value;
    return this.#words.refuseRead([`a number of 0 to ${most}`, ...words].join(', '));
  }
}

function protocolTest(word: string): Test {
  return Object.hasOwn(ETHERTYPES, word) ? isEthertype(ETHERTYPES[word]!) : namedProtocol(word);
}
