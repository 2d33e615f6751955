/** ICMP and ICMPv6 messages between bytes and values (RFC 792, RFC 4443), as far as probes send and get them. */
import { formatIp } from '../model/ip.ts';
import { checksum } from './checksum.ts';
import { ICMP, ICMPV6 } from './constants.ts';
import { isTooBig, type Refusal } from './reason.ts';

/** Bytes of an ICMP header, of all messages that are read here. */
export const ICMP_HEADER = 8;
const IPV6_HEADER = 40;
const IPV4_HEADER_MIN = 20;

/** An echo request or reply. */
export interface EchoMessage {
  /** Tells one sender's from another's. 16 bits. */
  readonly id: number;
  /** 16 bits. */
  readonly seq: number;
  readonly payload: Uint8Array;
}

/** What an ICMP message says to whoever sent an echo request. */
export type IcmpMessage =
  | { readonly kind: 'reply'; readonly echo: EchoMessage }
  | { readonly kind: 'refusal'; readonly refusal: Omit<Refusal, 'from'>; readonly original: Original };

/** The packet that a refusal is about, as much of it as is quoted. */
export interface Original {
  readonly to: string;
  /** 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6 */
  readonly protocol: number;
  /** What stands behind its IP header: at least 8 bytes of it, for IPv4. */
  readonly payload: Uint8Array;
}

/** Writes an echo request. Of ICMPv6 the kernel computes the checksum, which covers addresses that only it knows. */
export function encodeEcho(family: 4 | 6, { id, seq, payload }: EchoMessage): Uint8Array {
  const bytes = new Uint8Array(ICMP_HEADER + payload.length);
  bytes[0] = family === 4 ? ICMP.ECHO : ICMPV6.ECHO_REQUEST;
  put16(bytes, 4, id);
  put16(bytes, 6, seq);
  bytes.set(payload, ICMP_HEADER);
  if (family === 4) put16(bytes, 2, checksum(bytes));
  return bytes;
}

/** Reads a message; undefined for one that is neither a reply nor a refusal, or is cut off. Checksums are the kernel's business. */
export function decodeIcmp(family: 4 | 6, bytes: Uint8Array): IcmpMessage | undefined {
  if (bytes.length < ICMP_HEADER) return undefined;
  const [type = 0, code = 0] = bytes;
  if (type === (family === 4 ? ICMP.ECHOREPLY : ICMPV6.ECHO_REPLY)) return { kind: 'reply', echo: decodeEcho(bytes) };
  if (!(family === 4 ? REFUSALS4 : REFUSALS6).has(type)) return undefined;
  const original = decodeOriginal(family, bytes.subarray(ICMP_HEADER));
  if (original === undefined) return undefined;
  const mtu = !isTooBig({ family, type, code }) ? 0 : family === 6 ? get32(bytes, 4) : get16(bytes, 6);
  return { kind: 'refusal', refusal: { family, type, code, mtu }, original };
}

/** The types of messages that refuse something. */
export const REFUSALS4: ReadonlySet<number> = new Set([ICMP.DEST_UNREACH, ICMP.TIME_EXCEEDED, ICMP.PARAMETERPROB]);
export const REFUSALS6: ReadonlySet<number> = new Set([
  ICMPV6.DEST_UNREACH,
  ICMPV6.PKT_TOOBIG,
  ICMPV6.TIME_EXCEED,
  ICMPV6.PARAMPROB,
]);

/** The echo request that a refusal quotes; undefined when it is about something else. */
export function echoOf(family: 4 | 6, { protocol, payload }: Original): EchoMessage | undefined {
  const [type] = payload;
  if (payload.length < ICMP_HEADER) return undefined;
  const isEcho = family === 4 ? protocol === 1 && type === ICMP.ECHO : protocol === 58 && type === ICMPV6.ECHO_REQUEST;
  return isEcho ? decodeEcho(payload) : undefined;
}

/** An IPv4 packet's header, as raw sockets get it: who sent it, what time it has left to live, and where it ends. */
export function decodeIpv4(bytes: Uint8Array): { from: string; ttl: number; length: number } | undefined {
  const length = (bytes[0]! & 15) * 4;
  if (bytes.length < IPV4_HEADER_MIN || bytes[0]! >> 4 !== 4 || length < IPV4_HEADER_MIN || bytes.length < length)
    return undefined;
  return { from: formatIp(bytes.subarray(12, 16)), ttl: bytes[8]!, length };
}

function decodeEcho(bytes: Uint8Array): EchoMessage {
  return { id: get16(bytes, 4), seq: get16(bytes, 6), payload: bytes.subarray(ICMP_HEADER) };
}

function decodeOriginal(family: 4 | 6, bytes: Uint8Array): Original | undefined {
  if (family === 6) {
    if (bytes.length < IPV6_HEADER || bytes[0]! >> 4 !== 6) return undefined;
    const [protocol, at] = behindExtensions(bytes);
    return { to: formatIp(bytes.subarray(24, 40)), protocol, payload: bytes.subarray(at) };
  }
  const header = decodeIpv4(bytes);
  if (header === undefined) return undefined;
  return { to: formatIp(bytes.subarray(16, 20)), protocol: bytes[9]!, payload: bytes.subarray(header.length) };
}

// Hop-by-hop options, routing, fragment, destination options: RFC 8200 §4.1.
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 44, 60]);
const FRAGMENT = 44;

/** The protocol behind an IPv6 header, and where that begins: a packet that was sent in fragments has a header more. */
function behindExtensions(bytes: Uint8Array): [protocol: number, at: number] {
  let protocol = bytes[6]!;
  let at = IPV6_HEADER;
  while (EXTENSIONS.has(protocol) && at + 8 <= bytes.length) {
    const length = protocol === FRAGMENT ? 8 : 8 * (bytes[at + 1]! + 1);
    protocol = bytes[at]!;
    at += length;
  }
  return [protocol, at];
}

function get16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function get32(bytes: Uint8Array, at: number): number {
  return get16(bytes, at) * 0x10000 + get16(bytes, at + 2);
}

function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 0xff;
}
