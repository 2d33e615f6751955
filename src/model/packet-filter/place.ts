/** Hosts, networks and ports in a filter: where a packet comes from, and where it goes to. */
import { parsePrefix, type Prefix } from '../address.ts';
import { parseIp } from '../ip.ts';
import { canonicalMac, macBytes } from '../mac.ts';
import { ETHERTYPES, inTransport, IP_PROTOCOLS, isEthertype, namedProtocol, WITH_PORTS } from './protocols.ts';
import { all, any, equal, type Field, link, network, not, type Test } from './test.ts';
import type { FilterWords } from './words.ts';

/** `both`: the source and the destination. */
export type Direction = 'src' | 'dst' | 'any' | 'both';
export type Kind = 'host' | 'net' | 'port' | 'portrange' | 'proto';

/** What stands before an address or a port: `tcp src port`. */
export interface Qualifiers {
  readonly protocol?: string | undefined;
  readonly direction: Direction;
  readonly kind: Kind;
}

type Names = ((name: string) => readonly string[] | undefined) | undefined;

/** The test of a place whose word comes next. @throws FilterError. */
export function placeTest({ protocol, direction, kind }: Qualifiers, words: FilterWords, names: Names): Test {
  if (kind === 'port' || kind === 'portrange') return ports(protocol, direction, kind, words);
  if (protocol === 'ether') return macs(direction, words);
  const prefixes = kind === 'net' ? [netOf(words)] : hostOf(words, names);
  const place = any(...prefixes.map((prefix) => within(prefix, protocol, direction)));
  const isTransport = protocol !== undefined && !Object.hasOwn(ETHERTYPES, protocol);
  return isTransport ? all(namedProtocol(protocol), place) : place;
}

function sides(direction: Direction, source: Test, destination: Test): Test {
  if (direction === 'src') return source;
  if (direction === 'dst') return destination;
  return direction === 'both' ? all(source, destination) : any(source, destination);
}

/** Packets of IP, and those of ARP that speak of the address. */
function within({ bytes, length }: Prefix, protocol: string | undefined, direction: Direction): Test {
  const at = (from: number): Test => all(...comparisons(bytes, length, (offset) => network(from + offset, 4)));
  if (bytes.length === 16)
    return protocol === 'ip' || protocol === 'arp' || protocol === 'rarp'
      ? any()
      : all(isEthertype(ETHERTYPES['ip6']!), sides(direction, at(8), at(24)));
  const kinds = ['ip', 'arp', 'rarp'].filter(
    (kind) => protocol === undefined || !isNetwork(protocol) || protocol === kind,
  );
  return any(
    ...kinds.map((kind) =>
      all(
        isEthertype(ETHERTYPES[kind]!),
        kind === 'ip' ? sides(direction, at(12), at(16)) : sides(direction, at(14), at(24)),
      ),
    ),
  );
}

function isNetwork(protocol: string): boolean {
  return Object.hasOwn(ETHERTYPES, protocol);
}

/** Four bytes at a time, as far as the prefix goes. */
function comparisons(bytes: Uint8Array, length: number, field: (offset: number) => Field): Test[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tests: Test[] = [];
  for (let bit = 0; bit < length; bit += 32) {
    const mask = length - bit >= 32 ? 0xffffffff : (0xffffffff << (32 - (length - bit))) >>> 0;
    tests.push(equal(field(bit / 8), view.getUint32(bit / 8) & mask, mask === 0xffffffff ? undefined : mask));
  }
  return tests;
}

function macs(direction: Direction, words: FilterWords): Test {
  const mac = canonicalMac(words.next());
  if (mac === undefined) return words.refuseRead('a link-layer address, such as 02:00:00:00:00:01');
  const bytes = macBytes(mac);
  const view = new DataView(bytes.buffer);
  const at = (from: number): Test =>
    all(equal(link(from, 4), view.getUint32(0)), equal(link(from + 4, 2), view.getUint16(4)));
  return sides(direction, at(6), at(0));
}

function ports(protocol: string | undefined, direction: Direction, kind: Kind, words: FilterWords): Test {
  if (protocol !== undefined && !WITH_PORTS.includes(protocol) && protocol !== 'ip' && protocol !== 'ip6')
    return words.refuseRead(`${kind} of ${WITH_PORTS.join(', ')}, and not of ${protocol}`);
  const [first, last] = (/^(\d+)(?:-(\d+))?$/.exec(words.next()) ?? []).slice(1);
  const [low, high] = [Number(first), Number(last ?? first)];
  if (first === undefined || high > 65535 || low > high || (last !== undefined) !== (kind === 'portrange'))
    return words.refuseRead(kind === 'port' ? 'a port, such as 80' : 'a range of ports, such as 1000-2000');
  const fits = (field: Field): Test =>
    low === high ? equal(field, low) : all({ field, op: '>=', value: low }, not({ field, op: '>', value: high }));
  const transports = WITH_PORTS.filter(
    (each) => protocol === undefined || protocol.startsWith('ip') || each === protocol,
  );
  const tests = transports.map((each) =>
    inTransport(IP_PROTOCOLS[each]!, (at) => sides(direction, fits(at(0, 2)), fits(at(2, 2)))),
  );
  const found = any(...tests);
  return protocol?.startsWith('ip') === true ? all(isEthertype(ETHERTYPES[protocol]!), found) : found;
}

function hostOf(words: FilterWords, names: Names): Prefix[] {
  const word = words.next();
  const addresses = parseIp(word) === undefined ? names?.(word) : [word];
  const found = (addresses ?? []).flatMap((address): Prefix[] => {
    const bytes = parseIp(address);
    return bytes === undefined ? [] : [{ bytes, length: bytes.length * 8 }];
  });
  if (found.length > 0) return found;
  return words.refuseRead(names === undefined ? 'an address' : 'an address or a node that has one');
}

/** `10.0.0.0/24`, `10.1` for 10.1.0.0/16, `10.0.0.0 mask 255.255.0.0`, an address alone. */
function netOf(words: FilterWords): Prefix {
  const word = words.next();
  const whole = parseIp(word);
  if (whole !== undefined && words.take('mask')) {
    const mask = parseIp(words.next());
    const bits = mask === undefined ? '' : [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    if (mask?.length !== whole.length || !/^1*0*$/.test(bits)) return words.refuseRead('a mask, such as 255.255.255.0');
    return { bytes: whole, length: bits.replaceAll('0', '').length };
  }
  if (whole !== undefined) return { bytes: whole, length: whole.length * 8 };
  const parts = /^\d+(?:\.\d+){0,2}$/.test(word) ? word.split('.') : undefined;
  const partial = parts === undefined ? undefined : parseIp([...parts, '0', '0', '0'].slice(0, 4).join('.'));
  if (parts !== undefined && partial !== undefined) return { bytes: partial, length: parts.length * 8 };
  return parsePrefix(word) ?? words.refuseRead('a network, such as 10.0.0.0/24');
}
