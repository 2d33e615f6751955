/** What ICMP has said to a TCP or UDP socket: the queue of errors (ip(7), IP_RECVERR). */
import { LE } from '../sys/byte-order.ts';
import { datagramBuffer } from '../sys/datagram.ts';
import { IP, IPPROTO, IPV6, MSG, SO_EE_ORIGIN } from './constants.ts';
import { decodeSockaddr } from './endpoint.ts';
import type { Refusal } from './reason.ts';
import { tryOption } from './socket.ts';

const buffer = datagramBuffer(512);

/** Lets a socket be told who refuses, and not only that somebody does. */
export function tellRefusals(fd: number, family: 4 | 6): void {
  if (family === 4) tryOption(fd, IPPROTO.IP, IP.RECVERR, 1);
  else tryOption(fd, IPPROTO.IPV6, IPV6.RECVERR, 1);
}

/** The last of what ICMP has said to a socket of {@link tellRefusals}; undefined when it has said nothing. */
export function queuedRefusal(fd: number): Refusal | undefined {
  let last: Refusal | undefined;
  while (buffer.receive(fd, MSG.ERRQUEUE | MSG.DONTWAIT) >= 0) {
    const note = buffer.note(IPPROTO.IP, IP.RECVERR) ?? buffer.note(IPPROTO.IPV6, IPV6.RECVERR);
    if (note === undefined) continue;
    // struct sock_extended_err: u32 errno; u8 origin, type, code, pad; u32 info, data. Behind it the address of who says so.
    const origin = note.getUint8(4);
    if (origin !== SO_EE_ORIGIN.ICMP && origin !== SO_EE_ORIGIN.ICMP6) continue;
    const offender = decodeSockaddr(new Uint8Array(note.buffer, note.byteOffset + 16, note.byteLength - 16));
    last = {
      family: origin === SO_EE_ORIGIN.ICMP ? 4 : 6,
      type: note.getUint8(5),
      code: note.getUint8(6),
      mtu: note.getUint32(8, LE),
      from: offender?.address ?? '',
    };
  }
  return last;
}
