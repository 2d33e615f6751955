import type { TcpSegment } from '../../model/transport.ts';

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
const [FIN, SYN, RST, ACK] = [0x01, 0x02, 0x04, 0x10];

/** `Flags [S], seq 1, win 64240, length 0`, with the numbers as they are: `tcpdump -S`, without the options. */
export function tcpWords({ flags, seq, ack, window, length }: TcpSegment): string {
  const signs = FLAGS.flatMap(([bit, sign]) => ((flags & bit) === 0 ? [] : [sign])).join('');
  const range = length > 0 ? `${seq}:${(seq + length) % 0x100000000}` : String(seq);
  const hasSeq = length > 0 || (flags & (FIN | SYN | RST)) !== 0;
  return [
    `Flags [${signs === '' ? 'none' : signs}]`,
    ...(hasSeq ? [`seq ${range}`] : []),
    ...((flags & ACK) === 0 ? [] : [`ack ${ack}`]),
    `win ${window}`,
    `length ${length}`,
  ].join(', ');
}
