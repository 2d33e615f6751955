/**
 * The checksum of the Internet protocols (RFC 1071): the ones' complement of the ones' complement sum of all 16-bit words. Zero over
 * what bears a right one. `start` is what was summed before: a pseudo header.
 */
export function checksum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (bytes.length % 2 === 1) sum += bytes.at(-1)! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
