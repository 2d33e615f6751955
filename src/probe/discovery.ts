/** Neighbour solicitations and advertisements of IPv6 between bytes and values: RFC 4861 §4.3, §4.4. The kernel writes the checksum. */
import { formatIp, parseIp } from '../model/ip.ts';
import { ND_NEIGHBOR } from './constants.ts';

const HEADER = 24;
/** Options: the link-layer address of who asks, and of who is asked for. */
const SOURCE_LINK = 1;
const TARGET_LINK = 2;

/** Who has `target`? `mac`: where the answer may go to. */
export function encodeSolicitation(target: string, mac: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER + 8);
  bytes[0] = ND_NEIGHBOR.SOLICIT;
  bytes.set(parseIp(target)!, 8);
  bytes.set([SOURCE_LINK, 1, ...mac], HEADER);
  return bytes;
}

/** An advertisement: whose address it tells, and that link-layer address; undefined for anything else, and without one. */
export function decodeAdvertisement(bytes: Uint8Array): { target: string; mac: Uint8Array } | undefined {
  if (bytes.length < HEADER || bytes[0] !== ND_NEIGHBOR.ADVERT || bytes[1] !== 0) return undefined;
  for (let at = HEADER; at + 8 <= bytes.length;) {
    const length = 8 * bytes[at + 1]!;
    if (length === 0) return undefined;
    if (bytes[at] === TARGET_LINK)
      return { target: formatIp(bytes.subarray(8, 24)), mac: Uint8Array.from(bytes.subarray(at + 2, at + 8)) };
    at += length;
  }
  return undefined;
}

/** Whoever has an address listens to this group: ff02::1:ff and its last three bytes (RFC 4291 §2.7.1). */
export function solicitedNode(target: string): string {
  const bytes = parseIp('ff02::1:ff00:0')!;
  bytes.set(parseIp(target)!.subarray(13), 13);
  return formatIp(bytes);
}
