/** What a frame says, as far as the way of a packet is told by it. */
import { ETHERTYPE, type IpPacket, readIp } from '../model/ip-packet.ts';
import { formatIp } from '../model/ip.ts';
import { macText } from '../model/mac.ts';
import { PROTOCOL } from '../model/transport.ts';

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

const SOLICIT = 135;
const ADVERT = 136;

/** Reads what stands behind a link-layer header; undefined for anything else, and for what is cut short. */
export function readFrame(ethertype: number, bytes: Uint8Array): Frame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ethertype === ETHERTYPE.ARP) return readArp(bytes, view);
  const packet = readIp(ethertype, bytes);
  return packet === undefined ? undefined : (readNeighbourDiscovery(packet) ?? frameOf(packet, bytes));
}

/** Like {@link readFrame}, for the headers that a trace tells: the version stands in the first byte. */
export function readHeaders(network: Uint8Array, transport: Uint8Array): IpFrame | undefined {
  const bytes = Uint8Array.from([...network, ...transport]);
  const frame = readFrame(network[0]! >> 4 === 6 ? ETHERTYPE.IP6 : ETHERTYPE.IP, bytes);
  return frame?.kind === 'ip' ? frame : undefined;
}

function readArp(bytes: Uint8Array, view: DataView): NeighbourFrame | undefined {
  if (bytes.length < 28 || view.getUint16(2) !== ETHERTYPE.IP) return undefined;
  const [sender, target] = [formatIp(bytes.subarray(14, 18)), formatIp(bytes.subarray(24, 28))];
  const asks = view.getUint16(6) === 1;
  return { kind: asks ? 'ask' : 'tell', about: asks ? target : sender, sender };
}

function readNeighbourDiscovery({ protocol, source, payload }: IpPacket): NeighbourFrame | undefined {
  const [type] = payload;
  if (protocol !== PROTOCOL.ICMP6 || (type !== SOLICIT && type !== ADVERT) || payload.length < 24) return undefined;
  return { kind: type === SOLICIT ? 'ask' : 'tell', about: formatIp(payload.subarray(8, 24)), sender: source };
}

/** What is kept is a copy: the next packet comes where these bytes are. */
function frameOf(packet: IpPacket, bytes: Uint8Array): IpFrame {
  const { version, source, destination, protocol, ttl, payload, length } = packet;
  const headers = payload.byteOffset - bytes.byteOffset;
  return {
    kind: 'ip',
    family: version,
    source,
    destination,
    protocol,
    ttl,
    length: headers + length,
    body: payload.slice(),
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
