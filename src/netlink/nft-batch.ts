import { SystemError } from '../errors.ts';
import { NFNL_SUBSYS, NLM_F, NLMSG } from './constants.ts';
import type { Message } from './message.ts';
import { Outbox, type Batch, type Refusal } from './outbox.ts';
import { batchbegin, batchend } from './spec/nftables.ts';
import { LOST, messageEnd, type Transport } from './transport.ts';
import { align4, LE } from './wire.ts';

/**
 * A transaction of nf_tables, like `nft -f FILE`: all of its messages or, when one is refused, none of them. The refusals
 * then name every message that the kernel found wrong; a refusal of the whole bears the tag of the first message.
 */
export class NftBatch<T> implements Batch<T> {
  readonly #transport: Transport;
  readonly #outbox = new Outbox<T | undefined>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get size(): number {
    return Math.max(0, this.#outbox.size - 1);
  }

  add<V>(message: Message<V>, value: NoInfer<V>, flags: number, tag: T): void {
    if (this.#outbox.size === 0) this.#bracket(batchbegin);
    this.#outbox.add(message, value, flags | NLM_F.REQUEST, tag);
  }

  send(): Refusal<T>[] {
    if (this.size === 0) return [];
    this.#bracket(batchend);
    try {
      return this.#exchange();
    } finally {
      this.#outbox.clear();
    }
  }

  #bracket(message: typeof batchbegin): void {
    this.#outbox.add(message, { header: { res_id: NFNL_SUBSYS.NFTABLES } }, NLM_F.REQUEST, undefined);
  }

  #exchange(): Refusal<T>[] {
    const outbox = this.#outbox;
    const transport = this.#transport;
    const count = outbox.size;
    const last = count - 2; // before the end of the batch
    const first = transport.sequence(count);
    outbox.seal(0, count, first, last, NLM_F.ACK);
    transport.allow(count, outbox.end(count - 1) + 32);
    transport.send(outbox.bytes, 0, outbox.end(count - 1));

    // Errors are queued and delivered when the batch is over, the commit's own (under the number of the beginning) before
    // them, and any of them may come twice. So all is read until there is nothing more.
    const refused = new Map<number, Refusal<T>>();
    let acknowledged = false;
    for (let datagram = transport.receive(); datagram !== undefined; datagram = transport.receive()) {
      if (datagram === LOST) continue; // too many errors to hold; those that came are enough
      const { reader, length } = datagram;
      for (let at = 0; at < length;) {
        const end = messageEnd(datagram, at);
        const index = reader.view.getUint32(at + 8, LE) - first;
        if (reader.view.getUint16(at + 4, LE) === NLMSG.ERROR && index >= 0 && index < count) {
          acknowledged = true;
          const error = outbox.answer(index, reader, at, end);
          const own = index > 0 && index <= last;
          const tag = outbox.tag(own ? index : 1) as T;
          if (error !== undefined && !refused.has(index)) refused.set(index, { tag, error });
        }
        at = align4(end);
      }
    }
    if (!acknowledged) throw new SystemError('recv', 'EAGAIN', 'acknowledgement of an nftables transaction');
    return [...refused.values()];
  }
}
