/** What tunnels carry: VXLAN, Geneve, GRE, and IP in IP. RFC 7348, 8926, 2784 and 2890, 2003, 4213, 2473. */
import { ETHERTYPE, type IpPacket } from '../model/ip-packet.ts';
import { PROTOCOL, readUdp, viewOf } from '../model/transport.ts';

/** A packet inside another one. */
export interface Tunnelled {
  /** As `--follow` calls the tunnel: `VXLAN 100`, `GRE`. */
  readonly tunnel: string;
  /** What tcpdump says of its header: `VXLAN, flags [I] (0x08), vni 100`; empty for IP in IP, which has none. */
  readonly header: string;
  /** The protocol over Ethernet of what is carried; undefined for a whole frame. */
  readonly protocol: number | undefined;
  /** What was kept of it, and how long it was. */
  readonly data: Uint8Array;
  readonly length: number;
}

/** So deep tunnels are looked into: a packet of 64 kB has room for 3000 of them. */
export const DEEPEST = 8;

/** RFC 7348, and the kernel's own, which is older. */
const VXLAN_PORTS: readonly number[] = [4789, 8472];
const GENEVE_PORT = 6081;
/** Transparent Ethernet bridging: a whole frame. */
const TEB = 0x6558;
const MACS = 12;
const ETHERNET = 14;

/** Undefined for what carries no packet. */
export function readTunnel(ip: IpPacket): Tunnelled | undefined {
  if (ip.offset > 0) return undefined;
  const { protocol, payload: data, length } = ip;
  switch (protocol) {
    case PROTOCOL.IPIP:
      return { tunnel: 'IPIP', header: '', protocol: ETHERTYPE.IP, data, length };
    case PROTOCOL.IP6:
      return { tunnel: 'IP6', header: '', protocol: ETHERTYPE.IP6, data, length };
    case PROTOCOL.GRE:
      return readGre(data, length);
    case PROTOCOL.UDP:
      return readVxlan(ip) ?? readGeneve(ip);
    default:
      return undefined;
  }
}

function readVxlan(ip: IpPacket): Tunnelled | undefined {
  const udp = readUdp(ip);
  if (udp === undefined || udp.data.length < 8) return undefined;
  const view = viewOf(udp.data);
  const flags = udp.data[0]!;
  const data = udp.data.subarray(8);
  const isOne = VXLAN_PORTS.includes(udp.destinationPort) || (view.getUint32(0) === 0x08000000 && isFrame(data));
  if (!isOne) return undefined;
  const vni = view.getUint32(4) >>> 8;
  return {
    tunnel: `VXLAN ${vni}`,
    header: `VXLAN, flags [${(flags & 0x08) === 0 ? 'invalid' : 'I'}] (0x${flags.toString(16).padStart(2, '0')}), vni ${vni}`,
    protocol: undefined,
    data,
    length: udp.length - 8,
  };
}

function readGeneve(ip: IpPacket): Tunnelled | undefined {
  const udp = readUdp(ip);
  if (udp === undefined || udp.data.length < 8) return undefined;
  const view = viewOf(udp.data);
  const options = (udp.data[0]! & 0x3f) * 4;
  const data = udp.data.subarray(8 + options);
  const protocol = view.getUint16(2);
  const isOne = udp.destinationPort === GENEVE_PORT || (view.getUint16(0) === 0 && protocol === TEB && isFrame(data));
  if (!isOne || udp.data[0]! >> 6 !== 0 || (protocol !== TEB && !isIp(protocol))) return undefined;
  const flags = (udp.data[1]! & 0x80 ? 'O' : '') + (udp.data[1]! & 0x40 ? 'C' : '');
  const vni = view.getUint32(4) >>> 8;
  return {
    tunnel: `Geneve ${vni}`,
    header: `Geneve, Flags [${flags === '' ? 'none' : flags}], vni 0x${vni.toString(16)}${options === 0 ? '' : `, options [${options} bytes]`}`,
    protocol: protocol === TEB ? undefined : protocol,
    data,
    length: Math.max(0, udp.length - 8 - options),
  };
}

/** A checksum, a key and a number may stand before what is carried. */
function readGre(payload: Uint8Array, length: number): Tunnelled | undefined {
  if (payload.length < 4) return undefined;
  const view = viewOf(payload);
  const [flags, inner] = [view.getUint16(0), view.getUint16(2)];
  let at = 4;
  /** Of a field that may be there: undefined when it is not, or was cut off. */
  const field = (flag: number): number | undefined => {
    if ((flags & flag) === 0) return undefined;
    at += 4;
    return payload.length < at ? undefined : view.getUint32(at - 4);
  };
  const [checksum, key, sequence] = [field(0x8000), field(0x2000), field(0x1000)];
  const words = [
    `GREv${flags & 7}`,
    ...(checksum === undefined ? [] : [`off 0x${(checksum & 0xffff).toString(16)}`]),
    ...(key === undefined ? [] : [`key=0x${key.toString(16)}`]),
    ...(sequence === undefined ? [] : [`seq ${sequence}`]),
    `length ${length}`,
  ];
  return {
    tunnel: key === undefined ? 'GRE' : `GRE ${key}`,
    header: words.join(', '),
    protocol: inner === TEB ? undefined : inner,
    data: payload.subarray(at),
    length: Math.max(0, length - at),
  };
}

function isIp(protocol: number): boolean {
  return protocol === ETHERTYPE.IP || protocol === ETHERTYPE.IP6;
}

/** Whether these bytes begin as a frame with IP or ARP does: a UDP port of a tunnel's own is known by that. */
function isFrame(data: Uint8Array): boolean {
  if (data.length < ETHERNET + 2) return false;
  const view = viewOf(data);
  const protocol = view.getUint16(MACS);
  if (protocol === ETHERTYPE.ARP) return view.getUint16(ETHERNET) === 1;
  return isIp(protocol) && data[ETHERNET]! >> 4 === (protocol === ETHERTYPE.IP ? 4 : 6);
}
