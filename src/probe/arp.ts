/** ARP for IPv4 over Ethernet between bytes and values: RFC 826. */
import { formatIp, parseIp } from '../model/ip.ts';

export interface ArpPacket {
  /** 1: who has? 2: I have. */
  readonly operation: number;
  /** 6 bytes. */
  readonly senderMac: Uint8Array;
  /** 0.0.0.0 of whoever only wants to know whether an address is taken (RFC 5227). */
  readonly senderIp: string;
  readonly targetMac: Uint8Array;
  readonly targetIp: string;
}

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;
const ETHERNET = 1;
const IPV4 = 0x0800;
const LENGTH = 28;

export function encodeArp({ operation, senderMac, senderIp, targetMac, targetIp }: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ETHERNET);
  view.setUint16(2, IPV4);
  bytes.set([6, 4], 4);
  view.setUint16(6, operation);
  bytes.set(senderMac, 8);
  bytes.set(parseIp(senderIp)!, 14);
  bytes.set(targetMac, 18);
  bytes.set(parseIp(targetIp)!, 24);
  return bytes;
}

/** Undefined for what is no ARP of IPv4 over Ethernet, or is cut off. */
export function decodeArp(bytes: Uint8Array): ArpPacket | undefined {
  if (bytes.length < LENGTH) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint16(0) !== ETHERNET || view.getUint16(2) !== IPV4 || bytes[4] !== 6 || bytes[5] !== 4)
    return undefined;
  return {
    operation: view.getUint16(6),
    senderMac: Uint8Array.from(bytes.subarray(8, 14)),
    senderIp: formatIp(bytes.subarray(14, 18)),
    targetMac: Uint8Array.from(bytes.subarray(18, 24)),
    targetIp: formatIp(bytes.subarray(24, 28)),
  };
}
