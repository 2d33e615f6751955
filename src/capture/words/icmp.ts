/** ICMP in the words of tcpdump. RFC 792, RFC 1122, RFC 1812. */
import { ETHERTYPE, type IpPacket, readIp } from '../../model/ip-packet.ts';
import { PROTOCOL, viewOf } from '../../model/transport.ts';
import { formatIp } from '../../model/ip.ts';
import { ICMP_TYPES } from '../../model/icmp.ts';

const NAMES = icmpNames('icmp');

/** The types of ICMP messages by their numbers: `echo request`. */
export function icmpNames(family: 'icmp' | 'icmpv6'): ReadonlyMap<number, string> {
  return new Map(Object.entries(ICMP_TYPES[family]).map(([name, number]) => [number, name.replaceAll('-', ' ')]));
}

/** `ICMP echo request, id 1, seq 1, length 64` */
export function icmpWords({ payload, length }: IpPacket): string {
  if (payload.length < 8) return `ICMP, length ${length}`;
  const view = viewOf(payload);
  const [type, code] = [payload[0]!, payload[1]!];
  return `ICMP ${what(type, code, payload, view)}, length ${length}`;
}

function what(type: number, code: number, payload: Uint8Array, view: DataView): string {
  const about = readIp(ETHERTYPE.IP, payload.subarray(8));
  switch (type) {
    case 0:
    case 8:
      return `echo ${type === 8 ? 'request' : 'reply'}, id ${view.getUint16(4)}, seq ${view.getUint16(6)}`;
    case 3:
      return unreachable(code, about, view.getUint16(6));
    case 5:
      return `redirect${code < 2 ? '' : '-tos'} ${about?.destination ?? '?'} to ${code % 2 === 1 ? 'host' : 'net'} ${formatIp(payload.subarray(4, 8))}`;
    case 11:
      return ['time exceeded in-transit', 'ip reassembly time exceeded'][code] ?? `time exceeded-#${code}`;
    case 12:
      return `parameter problem - octet ${payload[4]}`;
    default:
      return NAMES.get(type) ?? `type-#${type}`;
  }
}

/** Whom a code is about, and why he could not be reached. */
const REASONS: Readonly<Record<number, readonly [whom: string, why: string]>> = {
  0: ['net ', ''],
  1: ['host ', ''],
  5: ['', ' - source route failed'],
  6: ['net ', ' - unknown'],
  7: ['host ', ' - unknown'],
  8: ['', ' - source host isolated'],
  9: ['net ', ' - admin prohibited'],
  10: ['host ', ' - admin prohibited'],
  11: ['net ', ' - tos prohibited'],
  12: ['host ', ' - tos prohibited'],
  13: ['host ', ' - admin prohibited filter'],
  14: ['host ', ' - host precedence violation'],
  15: ['host ', ' - precedence cutoff'],
};

function unreachable(code: number, about: IpPacket | undefined, mtu: number): string {
  const to = about?.destination ?? '?';
  if (code === 2) return `${to} protocol ${about?.protocol ?? '?'} unreachable`;
  if (code === 3) return `${portOf(about)} unreachable`;
  if (code === 4) return `${to} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`;
  const [whom, why] = REASONS[code] ?? ['', ` - #${code}`];
  return `${whom}${to} unreachable${why}`;
}

/** `10.0.0.2 udp port 53`: what a refusal is about. */
export function portOf(about: IpPacket | undefined): string {
  if (about === undefined) return 'port';
  const { protocol, destination, payload } = about;
  const name = protocol === PROTOCOL.UDP ? 'udp' : protocol === PROTOCOL.TCP ? 'tcp' : `protocol ${protocol}`;
  return `${destination} ${name} port ${payload.length >= 4 ? viewOf(payload).getUint16(2) : '?'}`;
}
