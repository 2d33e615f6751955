/** What a frame says, as far as the way of a packet is told by it. */
import { formatIp } from '../model/ip.ts';
import { macText } from '../model/mac.ts';

/** An IP packet. */
export interface IpFrame {
  readonly kind: 'ip';
  readonly family: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** Of the transport. */
  readonly protocol: number;
  /** Time to live, or hop limit. */
  readonly ttl: number;
  /** Bytes, with the IP header. */
  readonly length: number;
  /** What stands behind the IP header, as far as it was caught. */
  readonly body: Uint8Array;
}

/** ARP, or neighbour discovery: somebody asks who has an address, or says that he has it. */
export interface NeighbourFrame {
  readonly kind: 'ask' | 'tell';
  /** The address that it is about. */
  readonly about: string;
  readonly sender: string;
}

export type Frame = IpFrame | NeighbourFrame;

const ETHERTYPE = { IP: 0x0800, ARP: 0x0806, IPV6: 0x86dd } as const;
const ICMPV6 = 58;
const SOLICIT = 135;
const ADVERT = 136;
const IP_HEADER = 20;
const IP6_HEADER = 40;

/** Reads what stands behind a link-layer header; undefined for anything else, and for what is cut short. */
export function readFrame(ethertype: number, bytes: Uint8Array): Frame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ethertype === ETHERTYPE.ARP) return readArp(bytes, view);
  if (ethertype === ETHERTYPE.IP && bytes.length >= IP_HEADER) return readIp4(bytes, view);
  if (ethertype === ETHERTYPE.IPV6 && bytes.length >= IP6_HEADER) return readIp6(bytes, view);
  return undefined;
}

/** Like {@link readFrame}, for the headers that a trace tells: the version stands in the first byte. */
export function readHeaders(network: Uint8Array, transport: Uint8Array): IpFrame | undefined {
  const bytes = Uint8Array.from([...network, ...transport]);
  const frame = readFrame(network[0]! >> 4 === 6 ? ETHERTYPE.IPV6 : ETHERTYPE.IP, bytes);
  return frame?.kind === 'ip' ? frame : undefined;
}

function readArp(bytes: Uint8Array, view: DataView): NeighbourFrame | undefined {
  if (bytes.length < 28 || view.getUint16(2) !== ETHERTYPE.IP) return undefined;
  const [sender, target] = [formatIp(bytes.subarray(14, 18)), formatIp(bytes.subarray(24, 28))];
  const asks = view.getUint16(6) === 1;
  return { kind: asks ? 'ask' : 'tell', about: asks ? target : sender, sender };
}

function readIp4(bytes: Uint8Array, view: DataView): IpFrame {
  return {
    kind: 'ip',
    family: 4,
    source: formatIp(bytes.subarray(12, 16)),
    destination: formatIp(bytes.subarray(16, 20)),
    protocol: bytes[9]!,
    ttl: bytes[8]!,
    length: view.getUint16(2),
    body: bytes.slice((bytes[0]! & 15) * 4),
  };
}

function readIp6(bytes: Uint8Array, view: DataView): Frame {
  const source = formatIp(bytes.subarray(8, 24));
  const [type] = bytes.subarray(IP6_HEADER);
  if (bytes[6] === ICMPV6 && (type === SOLICIT || type === ADVERT) && bytes.length >= 64)
    return { kind: type === SOLICIT ? 'ask' : 'tell', about: formatIp(bytes.subarray(48, 64)), sender: source };
  return {
    kind: 'ip',
    family: 6,
    source,
    destination: formatIp(bytes.subarray(24, 40)),
    protocol: bytes[6]!,
    ttl: bytes[7]!,
    length: view.getUint16(4) + IP6_HEADER,
    body: bytes.slice(IP6_HEADER),
  };
}

/** Where an Ethernet frame goes to, and which protocol it carries. */
export function readEthernet(bytes: Uint8Array): {
  readonly to: string;
  readonly ethertype: number;
  readonly at: number;
} {
  return { to: macText(bytes.subarray(0, 6)), ethertype: (bytes[12]! << 8) | bytes[13]!, at: 14 };
}
