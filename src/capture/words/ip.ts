import { ETHERTYPE, type IpPacket, readIp } from '../../model/ip-packet.ts';
import { PROTOCOL, readTcp, readUdp, viewOf } from '../../model/transport.ts';
import { readTunnel, type Tunnelled } from '../tunnel.ts';
import { icmpWords } from './icmp.ts';
import { icmp6Words } from './icmp6.ts';
import { igmpWords } from './igmp.ts';
import { ospfWords } from './ospf.ts';
import { tcpWords } from './tcp.ts';
import { udpWords } from './udp.ts';
import { vrrpWords } from './vrrp.ts';

/** By their numbers (IANA). */
const NAMES: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMP6',
  88: 'EIGRP',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'sctp',
};
const [NO_NEXT_HEADER, OSPF, VRRP] = [59, 89, 112];
/** Which begin with two ports. */
const WITH_PORTS: readonly number[] = [PROTOCOL.TCP, PROTOCOL.UDP, 132];

/** `carried`: words for what a tunnel carries. `length`: bytes that there were of the packet. */
export function ipWords(
  protocol: number,
  data: Uint8Array,
  length: number,
  carried: (inner: Tunnelled) => string,
): string {
  const ip = readIp(protocol, data);
  if (ip === undefined) return `IP${protocol === ETHERTYPE.IP ? '' : '6'} ${refused(protocol, data, length)}`;
  const { version, source, destination } = ip;
  const name = version === 4 ? 'IP' : 'IP6';
  const missing = ip.total > length ? `truncated-${name.toLowerCase()} - ${ip.total - length} bytes missing! ` : '';
  // That it is a fragment is told behind.
  const headers = ip.headers
    .filter((header) => header !== 'frag' || (!ip.more && ip.offset === 0))
    .map((header) => `${header} `)
    .join('');
  const line = (from: string, to: string, what: string): string =>
    `${name} ${missing}${from} > ${to}: ${headers}${what}`;
  if (ip.offset > 0)
    return line(source, destination, `${protocolName(ip.protocol)} fragment at ${ip.offset}, length ${ip.length}`);
  const fragment = ip.more ? ', the first of several fragments' : '';
  const tunnel = readTunnel(ip);
  const what = (tunnel === undefined ? transportWords(ip) : carried(tunnel)) + fragment;
  if (!WITH_PORTS.includes(ip.protocol) || ip.payload.length < 4) return line(source, destination, what);
  const view = viewOf(ip.payload);
  return line(`${source}.${view.getUint16(0)}`, `${destination}.${view.getUint16(2)}`, what);
}

/** Why it is none: its version, its header's length, its own, or there is too little of it. */
function refused(protocol: number, data: Uint8Array, length: number): string {
  const [first = 0] = data;
  const version = protocol === ETHERTYPE.IP ? 4 : 6;
  if (data.length > 0 && first >> 4 !== version) return `version error: ${first >> 4} != ${version}`;
  if (version === 6 || data.length < 20) return `truncated, length ${length}`;
  const header = (first & 0x0f) * 4;
  return header < 20 ? `bad-hlen ${header}` : `bad-len ${viewOf(data).getUint16(2)}`;
}

function transportWords(ip: IpPacket): string {
  const { protocol, payload, length } = ip;
  switch (protocol) {
    case PROTOCOL.ICMP:
      return icmpWords(ip);
    case PROTOCOL.IGMP:
      return igmpWords(payload, length);
    case PROTOCOL.TCP: {
      const segment = readTcp(ip);
      return segment === undefined ? `tcp truncated, length ${length}` : tcpWords(segment);
    }
    case PROTOCOL.UDP: {
      const datagram = readUdp(ip);
      return datagram === undefined ? `udp truncated, length ${length}` : udpWords(datagram, ip.more);
    }
    case PROTOCOL.ICMP6:
      return icmp6Words(ip);
    case NO_NEXT_HEADER:
      return 'no next header';
    case OSPF:
      return ospfWords(payload, length);
    case VRRP:
      return vrrpWords(payload, length);
    default:
      return `${protocolName(protocol)}, length ${length}`;
  }
}

function protocolName(protocol: number): string {
  return NAMES[protocol] ?? `ip-proto-${protocol}`;
}
