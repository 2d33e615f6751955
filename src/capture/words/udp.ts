import { macText } from '../../model/mac.ts';
import { decodeAnswer, decodeQuestion } from '../../probe/dns-message.ts';
import { type UdpDatagram, viewOf } from '../../model/transport.ts';

const PORT = { DNS: 53, DHCP_SERVER: 67, DHCP_CLIENT: 68, VXLAN: 4789 } as const;
/** RFC 2131: the cookie before the options, and the option that says what kind of message it is. */
const [COOKIE_AT, OPTIONS_AT, MESSAGE_TYPE] = [236, 240, 53];
const DHCP = ['', 'Discover', 'Offer', 'Request', 'Decline', 'ACK', 'NAK', 'Release', 'Inform'];

/** What a datagram carries, where the port tells. `frame`: words for what a tunnel carries. */
export function udpWords(
  { sourcePort, destinationPort, data, length }: UdpDatagram,
  frame: (data: Uint8Array, length: number) => string,
): string {
  const uses = (port: number): boolean => sourcePort === port || destinationPort === port;
  const words =
    (uses(PORT.DNS) ? dnsWords(data, length) : undefined) ??
    (uses(PORT.DHCP_SERVER) || uses(PORT.DHCP_CLIENT) ? dhcpWords(data, length) : undefined) ??
    (destinationPort === PORT.VXLAN && data.length >= 8
      ? `VXLAN, flags [${(data[0]! & 0x08) === 0 ? '.' : 'I'}] (0x${data[0]!.toString(16).padStart(2, '0')}), vni ${viewOf(data).getUint32(4) >>> 8}: ${frame(data.subarray(8), length - 8)}`
      : undefined);
  return words ?? `UDP, length ${length}`;
}

/** `4711+ A? www.example. (29)`, and the answer `4711 1/0/0 A 10.0.0.1 (45)`. */
function dnsWords(data: Uint8Array, length: number): string | undefined {
  const question = decodeQuestion(data);
  if (question === undefined) return undefined;
  const { id, isAnswer, name, type } = question;
  const view = viewOf(data);
  const flags = view.getUint16(2);
  if (!isAnswer) return `${id}${(flags & 0x0100) === 0 ? '' : '+'} ${type}? ${name} (${length})`;
  const answer = decodeAnswer(data);
  const counts = [6, 8, 10].map((at) => view.getUint16(at)).join('/');
  const authority = (flags & 0x0400) === 0 ? '' : '*';
  const code = answer === undefined || answer.rcode === 'NOERROR' ? '' : ` ${answer.rcode}`;
  const records = (answer?.answers ?? []).map((each) => `${each.type} ${each.data}`).join(', ');
  return `${id}${code}${authority} ${counts}${records === '' ? '' : ` ${records}`} (${length})`;
}

/** `BOOTP/DHCP, Request from 02:…, length 300: Discover` */
function dhcpWords(data: Uint8Array, length: number): string | undefined {
  if (data.length < COOKIE_AT) return undefined;
  const client = macText(data.subarray(28, 34));
  const head =
    data[0] === 1 ? `BOOTP/DHCP, Request from ${client}, length ${length}` : `BOOTP/DHCP, Reply, length ${length}`;
  for (let at = OPTIONS_AT; at + 2 < data.length && data[at] !== 0xff; at += data[at] === 0 ? 1 : 2 + data[at + 1]!)
    if (data[at] === MESSAGE_TYPE) return `${head}: ${DHCP[data[at + 2]!] ?? `type ${data[at + 2]}`}`;
  return head;
}
