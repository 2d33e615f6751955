/** ICMP and ICMPv6 in the words of tcpdump. RFC 792, RFC 4443, RFC 4861. */
import { ETHERTYPE, type IpPacket, readIp } from '../../model/ip-packet.ts';
import { PROTOCOL, readTcp, readUdp, viewOf } from '../../model/transport.ts';
import { formatIp } from '../../model/ip.ts';
import { ICMP_TYPES } from '../../model/icmp.ts';

const named = (family: 'icmp' | 'icmpv6'): ReadonlyMap<number, string> =>
  new Map(Object.entries(ICMP_TYPES[family]).map(([name, number]) => [number, name.replaceAll('-', ' ')]));
const NAMES4 = named('icmp');
const NAMES6 = named('icmpv6');

/** `ICMP echo request, id 1, seq 1, length 64` */
export function icmpWords({ payload, length }: IpPacket): string {
  if (payload.length < 8) return `ICMP, length ${length}`;
  const view = viewOf(payload);
  const [type, code] = [payload[0]!, payload[1]!];
  return `ICMP ${what4(type, code, payload, view)}, length ${length}`;
}

function what4(type: number, code: number, payload: Uint8Array, view: DataView): string {
  const about = readIp(ETHERTYPE.IP, payload.subarray(8));
  switch (type) {
    case 0:
    case 8:
      return `echo ${type === 8 ? 'request' : 'reply'}, id ${view.getUint16(4)}, seq ${view.getUint16(6)}`;
    case 3:
      return unreachable4(code, about, view.getUint16(6));
    case 5:
      return `redirect ${about?.destination ?? '?'} to ${code % 2 === 1 ? 'host' : 'net'} ${formatIp(payload.subarray(4, 8))}`;
    case 11:
      return code === 0 ? 'time exceeded in-transit' : 'ip reassembly time exceeded';
    default:
      return NAMES4.get(type) ?? `type-#${type}`;
  }
}

function unreachable4(code: number, about: IpPacket | undefined, mtu: number): string {
  const to = about?.destination ?? '?';
  switch (code) {
    case 0:
      return `net ${to} unreachable`;
    case 1:
      return `host ${to} unreachable`;
    case 2:
      return `${to} protocol ${about?.protocol ?? '?'} unreachable`;
    case 3:
      return `${portOf(about)} unreachable`;
    case 4:
      return `${to} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`;
    case 9:
      return `net ${to} unreachable - admin prohibited`;
    case 10:
      return `host ${to} unreachable - admin prohibited`;
    case 13:
      return `host ${to} unreachable - admin prohibited filter`;
    default:
      return `${to} unreachable - #${code}`;
  }
}

/** `10.0.0.2 udp port 53` */
function portOf(about: IpPacket | undefined): string {
  if (about === undefined) return 'port';
  const view = viewOf(about.payload);
  const name = about.protocol === PROTOCOL.UDP ? 'udp' : about.protocol === PROTOCOL.TCP ? 'tcp' : undefined;
  const port =
    (readUdp(about) ?? readTcp(about))?.destinationPort ?? (about.payload.length >= 4 ? view.getUint16(2) : '?');
  return name === undefined
    ? `${about.destination} protocol ${about.protocol} port`
    : `${about.destination} ${name} port ${port}`;
}

/** `ICMP6, neighbor solicitation, who has fd00::2, length 32` */
export function icmp6Words({ payload, length }: IpPacket): string {
  if (payload.length < 8) return `ICMP6, length ${length}`;
  return `ICMP6, ${what6(payload, viewOf(payload))}, length ${length}`;
}

const ROUTES6 = [
  'unreachable route',
  'unreachable prohibited',
  'beyond scope',
  'unreachable address',
  'unreachable port',
];

function what6(payload: Uint8Array, view: DataView): string {
  const [type, code] = [payload[0]!, payload[1]!];
  const about = readIp(ETHERTYPE.IP6, payload.subarray(8));
  const target = payload.length >= 24 ? formatIp(payload.subarray(8, 24)) : '?';
  switch (type) {
    case 1: {
      const what = ROUTES6[code] ?? `unreachable #${code}`;
      return `destination unreachable, ${what}${code === 4 ? `, ${portOf(about)}` : ` ${about?.destination ?? '?'}`}`;
    }
    case 2:
      return `packet too big, mtu ${view.getUint32(4)}`;
    case 3:
      return code === 0
        ? `time exceeded in-transit for ${about?.destination ?? '?'}`
        : 'time exceeded, fragment reassembly';
    case 128:
    case 129:
      return `echo ${type === 128 ? 'request' : 'reply'}, id ${view.getUint16(4)}, seq ${view.getUint16(6)}`;
    case 133:
      return 'router solicitation';
    case 134:
      return 'router advertisement';
    case 135:
      return `neighbor solicitation, who has ${target}`;
    case 136:
      return `neighbor advertisement, tgt is ${target}`;
    case 137:
      return `redirect, ${payload.length >= 40 ? formatIp(payload.subarray(24, 40)) : '?'} to ${target}`;
    case 143:
      return `multicast listener report v2, ${view.getUint16(6)} group record(s)`;
    default:
      return NAMES6.get(type) ?? `type-#${type}`;
  }
}
