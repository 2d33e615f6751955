/** The headers of TCP and UDP. RFC 9293, RFC 768. */
import type { IpPacket } from './ip-packet.ts';

export const PROTOCOL = { ICMP: 1, IGMP: 2, IPIP: 4, TCP: 6, UDP: 17, IP6: 41, GRE: 47, ICMP6: 58 } as const;

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack: number;
  /** As in the header: 1 FIN, 2 SYN, 4 RST, 8 PSH, 16 ACK, … */
  readonly flags: number;
  readonly window: number;
  readonly urgent: number;
  /** Bytes of the header as it says, and that there was room for in the packet with the data. */
  readonly header: number;
  readonly room: number;
  readonly data: Uint8Array;
  /** Bytes of data that it had. */
  readonly length: number;
}

export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly data: Uint8Array;
  /** Bytes of data as it says (less than none where it lies), and that there was room for in the packet, which is less in a first fragment. */
  readonly length: number;
  readonly room: number;
}

/** Undefined for what is none, is no first fragment, or has no whole header. */
export function readTcp({ protocol, offset, payload, length }: IpPacket): TcpSegment | undefined {
  if (protocol !== PROTOCOL.TCP || offset > 0 || payload.length < 20) return undefined;
  const view = viewOf(payload);
  const header = (payload[12]! >> 4) * 4;
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    seq: view.getUint32(4),
    ack: view.getUint32(8),
    flags: payload[13]!,
    window: view.getUint16(14),
    urgent: view.getUint16(18),
    header,
    room: length,
    data: payload.subarray(header),
    length: Math.max(0, length - header),
  };
}

/** The same of UDP. */
export function readUdp({ protocol, offset, payload, length }: IpPacket): UdpDatagram | undefined {
  if (protocol !== PROTOCOL.UDP || offset > 0 || payload.length < 8) return undefined;
  const view = viewOf(payload);
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    data: payload.subarray(8),
    length: view.getUint16(4) - 8,
    room: length - 8,
  };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
