/** Stands in for `send` and `recv` of the C library. */
import { constants as os } from 'node:os';

import koffi from 'koffi';

import { c } from '../../../src/sys/libc.ts';
import { LE } from '../../../src/netlink/wire.ts';

export interface FakeKernel {
  /** What a send is answered with: datagrams, or an errno of `recv`. Gets the first sequence number, the first message and how many there were. */
  answer: (seq: number, sent: Uint8Array, messages: number) => readonly (Uint8Array | number)[];
  /** All messages sent so far. */
  readonly sent: Uint8Array[];
  readonly sends: number;
  /** Datagrams that nobody has received yet. */
  readonly waiting: number;
  /** From now on the last datagram of an answer comes again and again. */
  repeat(): void;
  restore(): void;
}

export function fakeKernel(): FakeKernel {
  const real = { send: c.send, recv: c.recv };
  const sent: Uint8Array[] = [];
  let sends = 0;
  let endless = false;
  let queue: (Uint8Array | number)[] = [];
  const kernel: FakeKernel = {
    answer: () => [],
    sent,
    get sends() {
      return sends;
    },
    get waiting() {
      return queue.length;
    },
    repeat: () => void (endless = true),
    restore: () => void Object.assign(c, real),
  };
  c.send = (_fd, bytes, length) => {
    const messages = split(bytes.slice(0, length));
    sent.push(...messages);
    sends++;
    const first = messages[0]!;
    const seq = new DataView(first.buffer).getUint32(8, LE);
    queue = [...queue, ...kernel.answer(seq, first, messages.length)];
    return length;
  };
  c.recv = (_fd, buffer) => {
    const next = (endless && queue.length === 1 ? queue[0] : queue.shift()) ?? os.errno.EAGAIN;
    if (typeof next === 'number') {
      koffi.errno(next);
      return -1;
    }
    buffer.set(next.subarray(0, buffer.length));
    return next.length;
  };
  return kernel;
}

function split(bytes: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = new DataView(bytes.buffer).getUint32(at, LE);
    out.push(bytes.slice(at, at + length));
    at += (length + 3) & ~3;
  }
  return out;
}
