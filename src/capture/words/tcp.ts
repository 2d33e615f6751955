import type { TcpSegment } from '../../model/transport.ts';
import { bgpWords } from './bgp.ts';
import { dnsWords } from './dns.ts';
import { httpWords } from './http.ts';

/** In the order in which tcpdump says them. */
const FLAGS: readonly (readonly [number, string])[] = [
  [0x01, 'F'],
  [0x02, 'S'],
  [0x04, 'R'],
  [0x08, 'P'],
  [0x10, '.'],
  [0x20, 'U'],
  [0x40, 'E'],
  [0x80, 'W'],
];
const [FIN, SYN, RST, ACK, URG] = [0x01, 0x02, 0x04, 0x10, 0x20];
const PORT = { DNS: 53, BGP: 179 } as const;

/** `Flags [S], seq 1, win 64240, length 0`, with the numbers as they are: `tcpdump -S`, without the options. */
export function tcpWords(segment: TcpSegment): string {
  const { flags, seq, ack, window, urgent, header, room, length } = segment;
  if (header < 20) return `tcp ${room - header} [bad hdr length ${header} - too short, < 20]`;
  const signs = FLAGS.flatMap(([bit, sign]) => ((flags & bit) === 0 ? [] : [sign])).join('');
  const named = `Flags [${signs === '' ? 'none' : signs}]`;
  if (header > room) return `${named} [bad hdr length ${header} - too long, > ${room}]`;
  const range = length > 0 ? `${seq}:${(seq + length) % 0x100000000}` : String(seq);
  const hasSeq = length > 0 || (flags & (FIN | SYN | RST)) !== 0;
  return [
    named,
    ...(hasSeq ? [`seq ${range}`] : []),
    ...((flags & ACK) === 0 ? [] : [`ack ${ack}`]),
    `win ${window}`,
    ...((flags & URG) === 0 ? [] : [`urg ${urgent}`]),
    `length ${length}${applicationWords(segment)}`,
  ].join(', ');
}

/** What is said over it, where the port or the first line tells. */
function applicationWords({ sourcePort, destinationPort, data }: TcpSegment): string {
  const uses = (port: number): boolean => sourcePort === port || destinationPort === port;
  if (uses(PORT.BGP)) return bgpWords(data);
  if (!uses(PORT.DNS)) return httpWords(data);
  // How long it is stands before it.
  const message = dnsWords(data.subarray(2), data.length - 2);
  return message === undefined ? '' : ` ${message}`;
}
