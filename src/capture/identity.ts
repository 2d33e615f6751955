/** By what a packet is known again at the next interface, whatever routers and NAT have changed of it. */
import { type CapturedPacket, ETHERNET, networkBehind, networkOf } from './packet.ts';
import { DEEPEST, readTunnel } from './tunnel.ts';
import { type IpPacket, readIp } from '../model/ip-packet.ts';
import { PROTOCOL, readTcp, readUdp, viewOf } from '../model/transport.ts';

/** What a packet is at one interface. */
export interface Identity {
  /** The same wherever it is seen. */
  readonly key: string;
  /** With the port, where there are ports: what NAT may change. Of what is no IP empty. */
  readonly source: string;
  readonly destination: string;
  /** The address alone. */
  readonly from: string;
  readonly to: string;
  /** Both ends as NAT tells connections apart: an echo has its number in the place of a port. */
  readonly ends: readonly [source: string, destination: string];
  /** Undefined of what is no IP. */
  readonly ttl: number | undefined;
  /** What it is inside of: `VXLAN 100`, `GRE`; empty for nothing. */
  readonly tunnel: string;
}

const [ECHO_REPLY, ECHO] = [0, 8];
const [ECHO6, ECHO6_REPLY] = [128, 129];

/** What is carried by tunnels counts, not what carries it. */
export function identityOf(packet: CapturedPacket): Identity {
  const found = networkOf(packet);
  if (found === undefined) return other(packet.data, '');
  return ofNetwork(found.protocol, packet.data.subarray(found.at), []);
}

function ofNetwork(protocol: number, data: Uint8Array, tunnels: readonly string[]): Identity {
  const ip = readIp(protocol, data);
  const tunnel = tunnels.join(', ');
  if (ip === undefined) return other(data, tunnel, protocol);
  const inner = tunnels.length < DEEPEST ? readTunnel(ip) : undefined;
  if (inner !== undefined) {
    const within = [...tunnels, inner.tunnel];
    if (inner.protocol !== undefined) return ofNetwork(inner.protocol, inner.data, within);
    const found = networkBehind(ETHERNET, inner.data);
    if (found !== undefined) return ofNetwork(found.protocol, inner.data.subarray(found.at), within);
  }
  const { source: from, destination: to, ttl, id, flow, offset } = ip;
  const transport = ofTransport(ip);
  const port = (address: string, number: number | undefined): string =>
    number === undefined ? address : address.includes(':') ? `[${address}]:${number}` : `${address}:${number}`;
  return {
    // Neither addresses nor ports, and no checksum, which goes with them.
    key: [ip.protocol, id, flow, offset, ip.length, transport.key].join(' '),
    source: port(from, transport.ports?.[0]),
    destination: port(to, transport.ports?.[1]),
    from,
    to,
    ends: [
      `${ip.protocol} ${from} ${transport.echo ?? transport.ports?.[0] ?? ''}`,
      `${ip.protocol} ${to} ${transport.echo ?? transport.ports?.[1] ?? ''}`,
    ],
    ttl,
    tunnel,
  };
}

interface Transport {
  readonly key: string;
  readonly ports?: readonly [number, number];
  readonly echo?: number;
}

function ofTransport(ip: IpPacket): Transport {
  const { protocol, payload, version } = ip;
  const tcp = readTcp(ip);
  if (tcp !== undefined)
    return {
      key: [tcp.seq, tcp.ack, tcp.flags, digest(tcp.data)].join(' '),
      ports: [tcp.sourcePort, tcp.destinationPort],
    };
  const udp = readUdp(ip);
  if (udp !== undefined) return { key: digest(udp.data), ports: [udp.sourcePort, udp.destinationPort] };
  const isIcmp = protocol === (version === 4 ? PROTOCOL.ICMP : PROTOCOL.ICMP6);
  if (!isIcmp || ip.offset > 0 || payload.length < 8) return { key: digest(payload) };
  const [type, code] = [payload[0]!, payload[1]!];
  const isEcho = version === 4 ? type === ECHO || type === ECHO_REPLY : type === ECHO6 || type === ECHO6_REPLY;
  if (isEcho) {
    const view = viewOf(payload);
    return { key: [type, view.getUint16(6), digest(payload.subarray(8))].join(' '), echo: view.getUint16(4) };
  }
  // A refusal bears the beginning of what it refuses, and NAT changes that too.
  const isError = version === 4 ? [3, 5, 11, 12].includes(type) : type < 128;
  return { key: [type, code, isError ? '' : digest(payload.subarray(4))].join(' ') };
}

function other(data: Uint8Array, tunnel: string, protocol = 0): Identity {
  return {
    key: `${protocol} ${digest(data)}`,
    source: '',
    destination: '',
    from: '',
    to: '',
    ends: ['', ''],
    ttl: undefined,
    tunnel,
  };
}

/** Of what is carried so much counts: at one interface less may have been kept than at another, behind the headers of a tunnel. */
const COUNTED = 256;

/** FNV-1a of 32 bits, and of how many bytes. */
function digest(data: Uint8Array): string {
  const bytes = data.subarray(0, COUNTED);
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${bytes.length}.${hash >>> 0}`;
}
