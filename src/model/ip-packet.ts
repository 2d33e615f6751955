/** The headers of IP packets. RFC 791, RFC 8200. */
import { formatIp } from './ip.ts';

export const ETHERTYPE = { IP: 0x0800, ARP: 0x0806, RARP: 0x8035, IP6: 0x86dd, MPLS: 0x8847 } as const;

/** A packet of IP. Numbers are as they stand in it; what was not kept is not told. */
export interface IpPacket {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** Of the transport, behind the other headers of IPv6. */
  readonly protocol: number;
  readonly ttl: number;
  /** The identification of IPv4, and that of a fragment of IPv6; 0 where there is none. */
  readonly id: number;
  /** The flow label of IPv6; 0 of IPv4. */
  readonly flow: number;
  /** Of a fragment, in bytes. */
  readonly offset: number;
  /** Other fragments follow. */
  readonly more: boolean;
  /** Headers of IPv6 before the transport's: `HBH`, `frag`, … */
  readonly headers: readonly string[];
  /** What is carried, as much as was kept of it, and how long it was. */
  readonly payload: Uint8Array;
  readonly length: number;
  /** Bytes of the whole packet, as it says. */
  readonly total: number;
}

const EXTENSIONS: Readonly<Record<number, string>> = { 0: 'HBH', 43: 'rt', 44: 'frag', 60: 'DSTOPT' };
const FRAGMENT = 44;

/** Undefined for what is no IP, or has no whole header, or a length in which it has no room. `bytes` begin with it, and may go on behind the packet. */
export function readIp(protocol: number, bytes: Uint8Array): IpPacket | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (protocol === ETHERTYPE.IP) return readIp4(bytes, view);
  return protocol === ETHERTYPE.IP6 ? readIp6(bytes, view) : undefined;
}

function readIp4(bytes: Uint8Array, view: DataView): IpPacket | undefined {
  if (bytes.length < 20 || bytes[0]! >> 4 !== 4) return undefined;
  const header = (bytes[0]! & 0x0f) * 4;
  // Offloading leaves the length of what is still to be cut to pieces open.
  const total = view.getUint16(2) === 0 ? bytes.length : view.getUint16(2);
  if (header < 20 || total < header) return undefined;
  const fragment = view.getUint16(6);
  return {
    version: 4,
    source: formatIp(bytes.subarray(12, 16)),
    destination: formatIp(bytes.subarray(16, 20)),
    protocol: bytes[9]!,
    ttl: bytes[8]!,
    id: view.getUint16(4),
    flow: 0,
    offset: (fragment & 0x1fff) * 8,
    more: (fragment & 0x2000) !== 0,
    headers: [],
    payload: bytes.subarray(header, total),
    length: total - header,
    total,
  };
}

function readIp6(bytes: Uint8Array, view: DataView): IpPacket | undefined {
  if (bytes.length < 40 || bytes[0]! >> 4 !== 6) return undefined;
  const said = view.getUint16(4);
  const end = said === 0 ? bytes.length : 40 + said;
  let [protocol, at] = [bytes[6]!, 40];
  let [id, offset, more] = [0, 0, false];
  const headers: string[] = [];
  while (protocol in EXTENSIONS && at + 8 <= bytes.length) {
    headers.push(EXTENSIONS[protocol]!);
    const isFragment = protocol === FRAGMENT;
    if (isFragment) {
      offset = view.getUint16(at + 2) & 0xfff8;
      more = (view.getUint16(at + 2) & 1) === 1;
      id = view.getUint32(at + 4);
    }
    const size = isFragment ? 8 : (bytes[at + 1]! + 1) * 8;
    protocol = bytes[at]!;
    at += size;
    if (offset > 0) break;
  }
  return {
    version: 6,
    source: formatIp(bytes.subarray(8, 24)),
    destination: formatIp(bytes.subarray(24, 40)),
    protocol,
    ttl: bytes[7]!,
    id,
    flow: view.getUint32(0) & 0xfffff,
    offset,
    more,
    headers,
    payload: bytes.subarray(at, end),
    length: Math.max(0, end - at),
    total: end,
  };
}
