/** ICMPv6 in the words of tcpdump. RFC 4443, RFC 4861, RFC 2710, RFC 3810. */
import { ETHERTYPE, type IpPacket, readIp } from '../../model/ip-packet.ts';
import { viewOf } from '../../model/transport.ts';
import { formatIp } from '../../model/ip.ts';
import { icmpNames, portOf } from './icmp.ts';

const NAMES = icmpNames('icmpv6');

/** `ICMP6, neighbor solicitation, who has fd00::2, length 32` */
export function icmp6Words({ payload, length }: IpPacket): string {
  if (payload.length < 8) return `ICMP6, length ${length}`;
  return `ICMP6, ${what(payload, viewOf(payload))}, length ${length}`;
}

const UNREACHABLE = [
  'unreachable route',
  'unreachable prohibited',
  'beyond scope',
  'unreachable address',
  'unreachable port',
  'source address failed policy',
  'reject route',
];
const PROBLEMS = ['erroneous', 'next header', 'option'];
/** A query of version 2 is longer. RFC 3810, 8.1 */
const QUERY2 = 28;

function what(payload: Uint8Array, view: DataView): string {
  const [type, code] = [payload[0]!, payload[1]!];
  const about = readIp(ETHERTYPE.IP6, payload.subarray(8));
  const to = about?.destination ?? '?';
  const target = payload.length >= 24 ? formatIp(payload.subarray(8, 24)) : '?';
  switch (type) {
    case 1:
      return `destination unreachable, ${UNREACHABLE[code] ?? `unreachable #${code}`}${code === 4 ? `, ${portOf(about)}` : ` ${to}`}`;
    case 2:
      return `packet too big, mtu ${view.getUint32(4)}`;
    case 3:
      return code === 0 ? `time exceeded in-transit for ${to}` : 'time exceeded in-transit (reassembly)';
    case 4:
      return `parameter problem, ${PROBLEMS[code] ?? `code-#${code}`} - octet ${view.getUint32(4)}`;
    case 128:
    case 129:
      return `echo ${type === 128 ? 'request' : 'reply'}, id ${view.getUint16(4)}, seq ${view.getUint16(6)}`;
    case 130:
      return payload.length < QUERY2
        ? `multicast listener query, max resp delay ${view.getUint16(4)}, addr ${target}`
        : `multicast listener query v2 [gaddr ${target}]`;
    case 131:
      return `multicast listener report, addr ${target}`;
    case 132:
      return `multicast listener done, addr ${target}`;
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
      return NAMES.get(type) ?? `type-#${type}`;
  }
}
