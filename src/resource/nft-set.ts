/**
 * Anonymous sets and maps: `{ 80, 443 }`, `{ 10.0.0.0/24, 10.0.2.1 }`, `map { 0 : 10.0.0.1 . 80 }`. The types are nft's numbers
 * (nftables' include/datatype.h): the kernel keeps them for whoever prints the set.
 */
import type { RuleSet, Target } from '../model/netfilter.ts';
import { parseIp } from '../model/ip.ts';
import { splitPrefix } from './wire.ts';

export const TYPE = {
  integer: 4,
  ipv4_addr: 7,
  ipv6_addr: 8,
  inet_proto: 12,
  inet_service: 13,
  icmp_type: 14,
  icmpv6_type: 29,
  ifname: 41,
} as const;
/** How many bits each further type of a concatenation takes. */
const CONCAT_BITS = 6;
const IFNAMSIZ = 16;

/** From a first value to a last one, both within. */
export interface Interval {
  readonly first: Uint8Array;
  readonly last: Uint8Array;
}

/** The bytes of an interface's name as the kernel compares them. */
export function nameBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(IFNAMSIZ);
  bytes.set(new TextEncoder().encode(name));
  return bytes;
}

/** A port in network byte order. */
export function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >> 8, port & 0xff);
}

/** The bytes of an address that has been checked. */
export function ipBytes(address: string): Uint8Array {
  const bytes = parseIp(address);
  if (bytes === undefined) throw new TypeError(`${address} is not an IP address`);
  return bytes;
}

/** All addresses of a network. */
export function networkInterval(network: string): Interval {
  const [address, length] = splitPrefix(network);
  const first = ipBytes(address);
  const last = first.map((byte, i) => byte | (0xff >> Math.min(8, Math.max(0, length - 8 * i))));
  return { first, last };
}

/** `80`, or `1000-2000`. */
export function portInterval(text: string): Interval {
  const [first, last = first] = text.split('-').map(Number);
  return { first: portBytes(first!), last: portBytes(last!) };
}

/** A set of single values. */
export function valueSet(keyType: number, values: readonly Uint8Array[]): RuleSet {
  const unique = [...new Map(values.map((value) => [Buffer.from(value).toString('hex'), value])).values()];
  return { keyType, keyLength: values[0]!.length, interval: false, elements: unique.map((key) => ({ key })) };
}

/** A set of intervals; of single values when all of them are. The kernel wants each interval's beginning and what follows its end. */
export function intervalSet(keyType: number, intervals: readonly Interval[]): RuleSet {
  const sorted = merge(intervals);
  if (intervals.every(({ first, last }) => Buffer.compare(first, last) === 0)) {
    return valueSet(
      keyType,
      intervals.map(({ first }) => first),
    );
  }
  const elements = sorted.flatMap(({ first, last }) => {
    const after = successor(last);
    return after === undefined ? [{ key: first }] : [{ key: first }, { key: after, end: true }];
  });
  const zero = new Uint8Array(sorted[0]!.first.length);
  // Where nothing begins at zero, zero is the end of nothing: so nft has it.
  const fromZero = Buffer.compare(sorted[0]!.first, zero) === 0;
  return {
    keyType,
    keyLength: zero.length,
    interval: true,
    elements: fromZero ? elements : [{ key: zero, end: true }, ...elements],
  };
}

/** From 0, 1, 2 … to an address, and to a port if there is one: what `numgen` chooses from. */
export function targetMap(targets: readonly Target[]): RuleSet {
  const data = targets.map(({ address, port }) =>
    // Each part of a concatenation fills whole words of 4 bytes.
    port === undefined ? ipBytes(address) : Uint8Array.of(...ipBytes(address), ...portBytes(port), 0, 0),
  );
  const address = targets[0]!.address.includes(':') ? TYPE.ipv6_addr : TYPE.ipv4_addr;
  return {
    keyType: TYPE.integer,
    keyLength: 4,
    dataType: targets[0]!.port === undefined ? address : (address << CONCAT_BITS) | TYPE.inet_service,
    dataLength: data[0]!.length,
    interval: false,
    // A number that the kernel makes, so in the byte order of this machine.
    elements: data.map((bytes, i) => ({ key: new Uint8Array(new Uint32Array([i]).buffer), data: bytes })),
  };
}

/** In order, and those that overlap or touch as one. */
function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => Buffer.compare(a.first, b.first))) {
    const before = merged.at(-1);
    const reach = before === undefined ? undefined : (successor(before.last) ?? before.last);
    if (before === undefined || Buffer.compare(next.first, reach!) > 0) merged.push(next);
    else if (Buffer.compare(next.last, before.last) > 0) merged[merged.length - 1] = { ...before, last: next.last };
  }
  return merged;
}

/** The value after this one; undefined after the highest. */
function successor(value: Uint8Array): Uint8Array | undefined {
  const next = Uint8Array.from(value);
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = (next[i]! + 1) & 0xff;
    if (next[i] !== 0) return next;
  }
  return undefined;
}
