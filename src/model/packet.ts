/** What a packet says of itself, as far as filters ask for it. */

/** A packet without its link-layer header. */
export interface Packet {
  readonly kind: 'ip' | 'ip6' | 'arp' | 'other';
  /** Of ARP: who asks, and who is asked for. */
  readonly source?: Uint8Array;
  readonly destination?: Uint8Array;
  /** The number of the transport protocol. */
  readonly protocol?: number;
  /** Of TCP, UDP and SCTP, in the first fragment. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

const ETHERTYPE = { IP: 0x0800, ARP: 0x0806, IPV6: 0x86dd } as const;
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 132]);
/** Headers of IPv6 that stand before the transport's: hop-by-hop, routing, destination options; a fragment's is of 8 bytes. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const FRAGMENT = 44;

/** Reads a packet of a protocol by its number in an Ethernet header. What is cut short says as much as there is of it. */
export function readPacket(ethertype: number, bytes: Uint8Array): Packet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ethertype === ETHERTYPE.IP && bytes.length >= 20) return readIp(bytes, view);
  if (ethertype === ETHERTYPE.IPV6 && bytes.length >= 40) return readIp6(bytes, view);
  if (ethertype !== ETHERTYPE.ARP) return { kind: 'other' };
  // Of Ethernet and IPv4, as it nearly always is: 6 and 4 bytes.
  const usual = bytes.length >= 28 && view.getUint16(2) === ETHERTYPE.IP && bytes[4] === 6 && bytes[5] === 4;
  return usual ? { kind: 'arp', source: bytes.slice(14, 18), destination: bytes.slice(24, 28) } : { kind: 'arp' };
}

function readIp(bytes: Uint8Array, view: DataView): Packet {
  const protocol = bytes[9]!;
  const isFirst = (view.getUint16(6) & 0x1fff) === 0;
  const ends = { source: bytes.slice(12, 16), destination: bytes.slice(16, 20) };
  return { kind: 'ip', protocol, ...ends, ...(isFirst ? ports(protocol, view, (bytes[0]! & 0x0f) * 4) : {}) };
}

function readIp6(bytes: Uint8Array, view: DataView): Packet {
  const ends = { source: bytes.slice(8, 24), destination: bytes.slice(24, 40) };
  let [protocol, at, isFirst] = [bytes[6]!, 40, true];
  while ((EXTENSIONS.has(protocol) || protocol === FRAGMENT) && at + 8 <= bytes.length) {
    if (protocol === FRAGMENT) isFirst &&= view.getUint16(at + 2) >> 3 === 0;
    const size = protocol === FRAGMENT ? 8 : (bytes[at + 1]! + 1) * 8;
    protocol = bytes[at]!;
    at += size;
  }
  return { kind: 'ip6', protocol, ...ends, ...(isFirst ? ports(protocol, view, at) : {}) };
}

function ports(protocol: number, view: DataView, at: number): Pick<Packet, 'sourcePort' | 'destinationPort'> {
  if (!WITH_PORTS.has(protocol) || at + 4 > view.byteLength) return {};
  return { sourcePort: view.getUint16(at), destinationPort: view.getUint16(at + 2) };
}
