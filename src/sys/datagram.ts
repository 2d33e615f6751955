/** Datagrams as recvmsg(2) hands them over: the bytes, who sent them, and what the kernel says beside them. */
import { LE } from './byte-order.ts';
import { addressOf, c, WORD } from './libc.ts';

/** struct sockaddr_in6, the longest of the addresses that come here. */
const NAME_BYTES = 28;
const CONTROL_BYTES = 512;

/** A buffer to receive datagrams into. What it holds is valid until the next one is received. */
export interface DatagramBuffer {
  readonly data: Uint8Array;
  /** recvmsg(2): how many bytes came, negative for a failure (see errno()). With MSG_TRUNC how many there were. */
  receive(fd: number, flags: number): number;
  /** Who sent it, as a struct sockaddr; empty where the kernel does not say. */
  name(): Uint8Array;
  /** What a control message of that level and type says; undefined when there is none. */
  note(level: number, type: number): DataView | undefined;
}

/** `struct msghdr` leads by pointers to the buffers, so it is laid out here: seven words, whatever a word is. */
export function datagramBuffer(size: number): DatagramBuffer {
  const [data, control, sender] = [fixed(size), fixed(CONTROL_BYTES), fixed(NAME_BYTES)];
  const [vector, message] = [fixed(2 * WORD), fixed(7 * WORD)];
  const words = WORD === 8 ? new BigUint64Array(message.buffer) : undefined;
  const halves = new Uint32Array(message.buffer);
  const put = (at: number, value: bigint): void => {
    if (words === undefined) halves[at] = Number(value);
    else words[at] = value;
  };
  if (WORD === 8) new BigUint64Array(vector.buffer).set([addressOf(data), BigInt(size)]);
  else new Uint32Array(vector.buffer).set([Number(addressOf(data)), size]);
  // None of them moves; but what only an address leads to would be collected, so each is asked where it is when it is needed.
  const controlView = new DataView(control.buffer);
  const lengthAt = (at: number): number =>
    WORD === 8 ? Number(controlView.getBigUint64(at, LE)) : controlView.getUint32(at, LE);
  return {
    data,
    receive(fd, flags) {
      put(0, addressOf(sender));
      put(1, BigInt(NAME_BYTES));
      put(2, addressOf(vector));
      put(3, 1n);
      put(4, addressOf(control));
      put(5, BigInt(CONTROL_BYTES));
      put(6, 0n);
      return c.recvmsg(fd, message, flags);
    },
    name: () => sender.subarray(0, halves[WORD / 4]),
    note(level, type) {
      // struct cmsghdr: a word of length with this header, two ints of level and type, then what it says, padded to a word.
      const end = Number(words === undefined ? halves[5] : words[5]);
      for (let at = 0; at + WORD + 8 <= end;) {
        const length = lengthAt(at);
        if (length < WORD + 8 || at + length > end) return undefined;
        if (controlView.getInt32(at + WORD, LE) === level && controlView.getInt32(at + WORD + 4, LE) === type)
          return new DataView(control.buffer, at + WORD + 8, length - WORD - 8);
        at += Math.ceil(length / WORD) * WORD;
      }
      return undefined;
    },
  };
}

/** Memory that stays where it is: small arrays made in another way may lie among the objects, which the garbage collector moves. */
function fixed(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size));
}
