import { SystemError } from '../errors.ts';
import { NLM_F, NLMSG } from './constants.ts';
import type { Message } from './message.ts';
import { Outbox, type Batch, type Refusal } from './outbox.ts';
import { LOST, messageEnd, type Transport } from './transport.ts';
import { align4, LE } from './wire.ts';

export type { Batch, Refusal } from './outbox.ts';

/**
 * Messages of rtnetlink. Each stands for itself: the kernel goes on behind one that it refuses. Only the last of a send
 * asks for an acknowledgement; errors come back without.
 */
export class RouteBatch<T> implements Batch<T> {
  readonly #transport: Transport;
  readonly #outbox = new Outbox<T>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get size(): number {
    return this.#outbox.size;
  }

  add<V>(message: Message<V>, value: NoInfer<V>, flags: number, tag: T): void {
    this.#outbox.add(message, value, flags | NLM_F.REQUEST, tag);
  }

  send(): Refusal<T>[] {
    const refusals: Refusal<T>[] = [];
    try {
      for (let from = 0; from < this.size;) {
        const to = this.#chunk(from);
        this.#exchange(from, to, refusals);
        from = to;
      }
    } finally {
      this.#outbox.clear();
    }
    return refusals;
  }

  /** The end of the longest run from `from` on that one send takes. */
  #chunk(from: number): number {
    const start = this.#outbox.start(from);
    const room = this.#transport.room(this.size - from, this.#outbox.end(this.size - 1) - start);
    let to = from + 1;
    while (to < this.size && to - from < room.count && this.#outbox.end(to) - start <= room.bytes) to++;
    return to;
  }

  #exchange(from: number, to: number, refusals: Refusal<T>[]): void {
    const outbox = this.#outbox;
    const first = this.#transport.sequence(to - from);
    outbox.seal(from, to, first, to - 1, NLM_F.ACK);
    this.#transport.send(outbox.bytes, outbox.start(from), outbox.end(to - 1));
    for (;;) {
      const datagram = this.#transport.receive();
      if (datagram === undefined) throw new SystemError('recv', 'EAGAIN', 'acknowledgement of a netlink batch');
      if (datagram === LOST) {
        this.#transport.drain();
        throw new SystemError('recv', 'ENOBUFS', 'acknowledgements of a netlink batch');
      }
      const { reader, length } = datagram;
      for (let at = 0; at < length;) {
        const end = messageEnd(datagram, at);
        const index = from + reader.view.getUint32(at + 8, LE) - first;
        if (reader.view.getUint16(at + 4, LE) === NLMSG.ERROR && index >= from && index < to) {
          const error = outbox.answer(index, reader, at, end);
          if (error !== undefined) refusals.push({ tag: outbox.tag(index), error });
          if (index === to - 1) return;
        }
        at = align4(end);
      }
    }
  }
}
