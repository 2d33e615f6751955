/** A packet in one line, in the words of tcpdump -n. What was cut off is not told, and never read. */
import { decodeArp } from '../../probe/arp.ts';
import { macText } from '../../model/mac.ts';
import { type CapturedPacket, networkOf } from '../packet.ts';
import { ETHERTYPE, type IpPacket, readIp } from '../../model/ip-packet.ts';
import { PROTOCOL, readTcp, readUdp, viewOf } from '../../model/transport.ts';
import { icmp6Words, icmpWords } from './icmp.ts';
import { stpWords } from './stp.ts';
import { tcpWords } from './tcp.ts';
import { udpWords } from './udp.ts';

/** `IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64`. `tcpdump -n` */
export function packetWords(packet: CapturedPacket): string {
  const found = networkOf(packet);
  if (found === undefined) return `truncated, length ${packet.length}`;
  const { protocol, at, vlans } = found;
  const tags = vlans.map((vlan) => `vlan ${vlan}, `).join('');
  return tags + networkWords(protocol, packet.data.subarray(at), packet.length - at);
}

/** A frame with its Ethernet header, as tunnels carry it. */
export function frameWords(data: Uint8Array, length: number): string {
  if (data.length < 14) return `truncated, length ${length}`;
  return networkWords(viewOf(data).getUint16(12), data.subarray(14), length - 14);
}

/** `length`: bytes that there were of it. */
export function networkWords(protocol: number, data: Uint8Array, length: number): string {
  if (protocol === ETHERTYPE.ARP) return arpWords(data, length);
  const ip = readIp(protocol, data);
  if (ip !== undefined) return ipWords(ip);
  if (protocol === ETHERTYPE.IP || protocol === ETHERTYPE.IP6)
    return `IP${protocol === ETHERTYPE.IP ? '' : '6'} truncated, length ${length}`;
  // 802.3 has its length there; on an interface the kernel says 4 (ETH_P_802_2) of it.
  if (protocol <= 1500) return stpWords(data) ?? `802.3, length ${length}`;
  return `ethertype 0x${protocol.toString(16).padStart(4, '0')}, length ${length}`;
}

function arpWords(data: Uint8Array, length: number): string {
  const arp = decodeArp(data);
  if (arp === undefined) return `ARP, length ${length}`;
  const { operation, senderIp, senderMac, targetIp, targetMac } = arp;
  const asked = targetMac.every((byte) => byte === 0) ? targetIp : `${targetIp} (${macText(targetMac)})`;
  if (operation === 1)
    return `ARP, ${senderIp === targetIp ? `Announcement ${senderIp}` : senderIp === '0.0.0.0' ? `Probe ${targetIp}` : `Request who-has ${asked} tell ${senderIp}`}, length ${length}`;
  return operation === 2
    ? `ARP, Reply ${senderIp} is-at ${macText(senderMac)}, length ${length}`
    : `ARP, operation ${operation}, length ${length}`;
}

function ipWords(ip: IpPacket): string {
  const { version, source, destination } = ip;
  const name = version === 4 ? 'IP' : 'IP6';
  const ends = (from: string, to: string): string => `${name} ${from} > ${to}: `;
  const headers = ip.headers.map((header) => `${header} `).join('');
  if (ip.offset > 0)
    return `${ends(source, destination)}${headers}${protocolName(ip.protocol)} fragment at ${ip.offset}, length ${ip.length}`;
  const fragment = ip.more ? ', the first of several fragments' : '';
  const tcp = readTcp(ip);
  const udp = readUdp(ip);
  const ports = tcp ?? udp;
  if (ports === undefined) return ends(source, destination) + headers + otherWords(ip) + fragment;
  const head = ends(`${source}.${ports.sourcePort}`, `${destination}.${ports.destinationPort}`) + headers;
  return head + (tcp === undefined ? udpWords(udp!, frameWords) : tcpWords(tcp)) + fragment;
}

function otherWords(ip: IpPacket): string {
  const { protocol, payload, length } = ip;
  switch (protocol) {
    case PROTOCOL.ICMP:
      return icmpWords(ip);
    case PROTOCOL.ICMP6:
      return icmp6Words(ip);
    case PROTOCOL.IPIP:
      return networkWords(ETHERTYPE.IP, payload, length);
    case PROTOCOL.IP6:
      return networkWords(ETHERTYPE.IP6, payload, length);
    case PROTOCOL.GRE:
      return greWords(payload, length);
    default:
      return `${protocolName(protocol)}, length ${length}`;
  }
}

/** RFC 2784: a checksum, a key and a sequence number may stand before what is carried. */
function greWords(payload: Uint8Array, length: number): string {
  if (payload.length < 4) return `GRE, length ${length}`;
  const view = viewOf(payload);
  const flags = view.getUint16(0);
  const hasKey = (flags & 0x2000) !== 0;
  const header = 4 + ((flags & 0x8000) === 0 ? 0 : 4) + (hasKey ? 4 : 0) + ((flags & 0x1000) === 0 ? 0 : 4);
  const at = 4 + ((flags & 0x8000) === 0 ? 0 : 4);
  const key = hasKey && payload.length >= at + 4 ? `, key=0x${view.getUint32(at).toString(16)}` : '';
  const head = `GREv${flags & 7}${key}, length ${length}`;
  const inner = view.getUint16(2);
  if (payload.length <= header) return head;
  const rest = payload.subarray(header);
  return `${head}: ${inner === 0x6558 ? frameWords(rest, length - header) : networkWords(inner, rest, length - header)}`;
}

const NAMES: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  47: 'GRE',
  58: 'ICMP6',
  89: 'OSPF',
  112: 'VRRP',
  132: 'SCTP',
};

export function protocolName(protocol: number): string {
  return NAMES[protocol] ?? `ip-proto-${protocol}`;
}
