/**
 * Prefix arithmetic on top of `ip.ts`, on bytes: no BigInt, no floating point. A prefix here keeps its host bits, because
 * `10.0.0.1/24` is both an address and the network that it stands in.
 */
import { formatIp, parseIp } from './ip.ts';

/** An address with a prefix length: 4 bytes and 0 to 32, or 16 bytes and 0 to 128. */
export interface Prefix {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** 4 or 6, told by the number of bytes. */
export function family(bytes: Uint8Array): 4 | 6 {
  return bytes.length === 4 ? 4 : 6;
}

/** Reads `10.0.0.1/24` or `2001:db8::1/64`. Undefined when it is not a prefix; the length must be there and in range. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const bytes = parseIp(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (bytes === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(digits)) return undefined;
  const length = Number(digits);
  return length <= bytes.length * 8 ? { bytes, length } : undefined;
}

/** The canonical text: `10.0.0.1/24`. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatIp(prefix.bytes)}/${prefix.length}`;
}

/** The network that a prefix stands in: the same with all host bits zero. Like `ipcalc -n`. */
export function networkOf(prefix: Prefix): Prefix {
  return isNetwork(prefix) ? prefix : { bytes: withHostBits(prefix, 0), length: prefix.length };
}

/** The last address of the network. For IPv4 that is the broadcast address. */
export function broadcastOf(prefix: Prefix): Uint8Array {
  return withHostBits(prefix, 0xff);
}

function withHostBits({ bytes, length }: Prefix, fill: 0 | 0xff): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const mask = byteMask(length - 8 * i);
    out[i] = (bytes[i]! & mask) | (fill & ~mask);
  }
  return out;
}

/** The mask of one byte of which `bits` (any number, also negative) belong to the network. */
function byteMask(bits: number): number {
  if (bits >= 8) return 0xff;
  return bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

/** Whether an address of the same family lies inside a prefix. */
export function contains({ bytes, length }: Prefix, address: Uint8Array): boolean {
  if (address.length !== bytes.length) return false;
  for (let i = 0; 8 * i < length; i++) {
    if (((bytes[i]! ^ address[i]!) & byteMask(length - 8 * i)) !== 0) return false;
  }
  return true;
}

/** Whether all host bits are zero, as a route's destination must have them. */
export function isNetwork(prefix: Prefix): boolean {
  for (let i = prefix.length >> 3; i < prefix.bytes.length; i++) {
    if ((prefix.bytes[i]! & ~byteMask(prefix.length - 8 * i)) !== 0) return false;
  }
  return true;
}

/** Negative, zero or positive: IPv4 before IPv6, then by value. */
export function compareIp(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return 0;
}

/** The address `n` (0 to 2^31) after the first of the network; undefined when that lies outside. */
export function nthAddress(prefix: Prefix, n: number): Uint8Array | undefined {
  const bytes = withHostBits(prefix, 0);
  let carry = n;
  for (let i = bytes.length - 1; i >= 0 && carry > 0; i--) {
    const sum = bytes[i]! + carry;
    bytes[i] = sum & 0xff;
    carry = Math.floor(sum / 256);
  }
  return carry === 0 && contains(prefix, bytes) ? bytes : undefined;
}

/**
 * The addresses of a network that hosts may have, lowest first. Neither the network nor the broadcast address of IPv4, nor
 * the all-zeros (subnet router) address of IPv6; but both addresses of a /31 (RFC 3021) or /127 (RFC 6164).
 */
export function* hostsOf(prefix: Prefix): Generator<Uint8Array, void> {
  const hostBits = prefix.bytes.length * 8 - prefix.length;
  if (hostBits <= 1) {
    for (let n = 0; n < 2 ** hostBits; n++) yield nthAddress(prefix, n)!;
    return;
  }
  const last = broadcastOf(prefix);
  for (let n = 1; ; n++) {
    const address = nthAddress(prefix, n);
    if (address === undefined || (address.length === 4 && compareIp(address, last) === 0)) return;
    yield address;
  }
}

/** 224.0.0.0/4 and ff00::/8. */
export function isMulticast(bytes: Uint8Array): boolean {
  return bytes.length === 4 ? bytes[0]! >= 224 && bytes[0]! < 240 : bytes[0] === 0xff;
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(bytes: Uint8Array): boolean {
  return bytes.length === 4 ? bytes[0] === 127 : bytes[15] === 1 && bytes.subarray(0, 15).every((byte) => byte === 0);
}

/** fe80::/10. IPv4 has no scope of its own for 169.254.0.0/16 in the kernel, so it is not asked for here. */
export function isLinkLocal(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

/** 0.0.0.0 and ::. */
export function isUnspecified(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** The scope that the kernel would choose for an address. */
export function scopeOf(bytes: Uint8Array): 'global' | 'link' | 'host' {
  if (isLinkLocal(bytes)) return 'link';
  return isLoopback(bytes) ? 'host' : 'global';
}

/** The canonical text of an address or prefix, or undefined when it is neither. */
export function canonical(text: string): string | undefined {
  if (text.includes('/')) {
    const prefix = parsePrefix(text);
    return prefix === undefined ? undefined : formatPrefix(prefix);
  }
  const bytes = parseIp(text);
  return bytes === undefined ? undefined : formatIp(bytes);
}
