/**
 * Which packets are meant, in the usual words of pcap-filter(7): `tcp port 80 and not src host 10.0.0.1`. A small part of that language, and
 * read in the same way: `and` may be left out before `not` and parentheses no more than there; `and` and `or` bind equally strong, from the left.
 */
import { parsePrefix, type Prefix } from './address.ts';
import { parseIp } from './ip.ts';
import type { Packet } from './packet.ts';

/** Whether a packet is meant. */
export type PacketFilter = (packet: Packet) => boolean;

/** A filter that cannot be read: which word is wrong, and what would do. */
export class FilterError extends Error {
  readonly word: string;
  readonly expected: string;

  constructor(word: string, expected: string) {
    super(
      word === ''
        ? `the filter ends too soon, expected ${expected}`
        : `found ${JSON.stringify(word)}, expected ${expected}`,
    );
    this.word = word;
    this.expected = expected;
  }
}

/** The words that begin a condition. */
export const FILTER_WORDS: readonly string[] =
  'host net port portrange src dst ip ip6 arp tcp udp icmp icmp6 sctp not ('.split(' ');

const IPPROTO: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 };

type Direction = 'src' | 'dst' | 'any';

/** Reads a filter; the empty one means every packet. @throws FilterError. */
export function parseFilter(text: string): PacketFilter {
  const words = [...text.matchAll(/&&|\|\||[!()]|[^\s!()&|]+/g)].map(([word]) => word);
  if (words.length === 0) return () => true;
  const reader = new Reader(words);
  const filter = reader.expression();
  reader.end();
  return filter;
}

class Reader {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  end(): void {
    if (this.#word !== '') throw new FilterError(this.#word, 'and, or, or the end');
  }

  expression(): PacketFilter {
    let left = this.#term();
    for (;;) {
      const before = left;
      if (this.#take('and', '&&')) {
        const right = this.#term();
        left = (packet) => before(packet) && right(packet);
      } else if (this.#take('or', '||')) {
        const right = this.#term();
        left = (packet) => before(packet) || right(packet);
      } else return left;
    }
  }

  get #word(): string {
    return this.#words[this.#at] ?? '';
  }

  #take(...words: readonly string[]): boolean {
    const found = words.includes(this.#word);
    if (found) this.#at += 1;
    return found;
  }

  #next(): string {
    return this.#words[this.#at++] ?? '';
  }

  #term(): PacketFilter {
    if (this.#take('not', '!')) {
      const inner = this.#term();
      return (packet) => !inner(packet);
    }
    if (this.#take('(')) {
      const inner = this.expression();
      if (!this.#take(')')) throw new FilterError(this.#word, ')');
      return inner;
    }
    return this.#condition();
  }

  /** `tcp`, `tcp src port 80`, `src host 10.0.0.1`, `10.0.0.1`. */
  #condition(): PacketFilter {
    const protocol = this.#protocol();
    const isEnd = ['', 'and', '&&', 'or', '||', ')'].includes(this.#word);
    if (protocol !== undefined && isEnd) return protocol;
    const direction = this.#direction();
    const place = this.#place(direction);
    return protocol === undefined ? place : (packet) => protocol(packet) && place(packet);
  }

  #protocol(): PacketFilter | undefined {
    const word = this.#word;
    if (word === 'ip' || word === 'ip6' || word === 'arp') {
      this.#at += 1;
      return ({ kind }) => kind === word;
    }
    const number = Object.hasOwn(IPPROTO, word) ? IPPROTO[word] : undefined;
    if (number === undefined) return undefined;
    this.#at += 1;
    // ICMP is of IPv4, and ICMPv6 of IPv6; the others are of both.
    const only = word === 'icmp' ? 'ip' : word === 'icmp6' ? 'ip6' : undefined;
    return ({ kind, protocol }) => protocol === number && (only === undefined || kind === only);
  }

  #direction(): Direction {
    if (this.#take('src')) {
      if (this.#word !== 'or' || this.#words[this.#at + 1] !== 'dst') return 'src';
      this.#at += 2;
      return 'any';
    }
    return this.#take('dst') ? 'dst' : 'any';
  }

  #place(direction: Direction): PacketFilter {
    if (this.#take('port', 'portrange')) return this.#ports(direction, this.#words[this.#at - 1]!);
    const isNet = this.#take('net');
    if (!isNet) this.#take('host');
    const word = this.#next();
    const prefix = isNet ? (parsePrefix(word) ?? wholeAddress(word)) : wholeAddress(word);
    if (prefix === undefined) {
      const what = isNet ? 'a network, such as 10.0.0.0/24' : `an address, or one of ${FILTER_WORDS.join(', ')}`;
      throw new FilterError(word, what);
    }
    return either(
      direction,
      ({ source }) => source,
      ({ destination }) => destination,
      (address) => isIn(address, prefix),
    );
  }

  #ports(direction: Direction, kind: string): PacketFilter {
    const word = this.#next();
    const [first, last] = (/^(\d+)(?:-(\d+))?$/.exec(word) ?? []).slice(1);
    const [low, high] = [Number(first), Number(last ?? first)];
    const isRange = last !== undefined;
    if (first === undefined || high > 65535 || low > high || isRange !== (kind === 'portrange'))
      throw new FilterError(word, kind === 'port' ? 'a port, such as 80' : 'a range of ports, such as 1000-2000');
    const fits = (port: number): boolean => port >= low && port <= high;
    return either(
      direction,
      ({ sourcePort }) => sourcePort,
      ({ destinationPort }) => destinationPort,
      fits,
    );
  }
}

/** Looks at one of two sides, or at both. */
function either<T>(
  direction: Direction,
  source: (packet: Packet) => T | undefined,
  destination: (packet: Packet) => T | undefined,
  fits: (value: T) => boolean,
): PacketFilter {
  const test = (value: T | undefined): boolean => value !== undefined && fits(value);
  return (packet) =>
    (direction !== 'dst' && test(source(packet))) || (direction !== 'src' && test(destination(packet)));
}

function wholeAddress(word: string): Prefix | undefined {
  const bytes = parseIp(word);
  return bytes === undefined ? undefined : { bytes, length: bytes.length * 8 };
}

function isIn(address: Uint8Array, { bytes, length }: Prefix): boolean {
  if (address.length !== bytes.length) return false;
  for (let bit = 0; bit < length; bit += 8) {
    const mask = length - bit >= 8 ? 0xff : (0xff << (8 - (length - bit))) & 0xff;
    if (((address[bit >> 3]! ^ bytes[bit >> 3]!) & mask) !== 0) return false;
  }
  return true;
}
