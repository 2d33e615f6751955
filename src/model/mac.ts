/** Link-layer addresses: their text, the ones that netlab gives out, and the IPv6 addresses made from them. */
import { formatIp } from './ip.ts';

/** Six bytes in the canonical text (lower case, colons), or undefined. Takes `-` between the bytes too. */
export function canonicalMac(text: string): string | undefined {
  return /^[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}$/.test(text)
    ? text.toLowerCase().replaceAll('-', ':')
    : undefined;
}

/** Whether the group bit is set: broadcast and multicast addresses, which no link can have as its own. */
export function isGroupMac(mac: string): boolean {
  return (parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/**
 * The address that a link gets when the file names none: locally administered, unicast (`02:…`), always the same for the same
 * lab, node and link, so that neighbour caches and captures stay true from one `up` to the next.
 */
export function defaultMac(lab: string, node: string, link: string): string {
  const text = `${lab}\0${node}\0${link}`;
  const high = fnv1a(text, 0x811c9dc5);
  const low = fnv1a(text, 0x01000193);
  return `02:${hex(high)}:${hex(low >>> 24)}:${hex(low >>> 16)}:${hex(low >>> 8)}:${hex(low)}`;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The lowest byte of a number as two digits. */
function hex(n: number): string {
  return HEX[n & 0xff]!;
}

/** FNV-1a over UTF-16 units, with a last mix because its high bits move little on short text. */
export function fnv1a(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** `fe80::…/64` with the modified EUI-64 of a MAC as its interface identifier (RFC 4291, appendix A). */
export function linkLocalPrefix(mac: string): string {
  const byte = mac.split(':').map((word) => parseInt(word, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = byte;
  // The universal/local bit is inverted, so that an identifier written by hand (::1) counts as local.
  return `${formatIp(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f))}/64`;
}

/** The six bytes of a MAC in its canonical text. */
export function macBytes(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(':'), (word) => parseInt(word, 16));
}

/** The canonical text of six bytes. */
export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => HEX[byte]).join(':');
}
