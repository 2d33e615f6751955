import type { NetlinkError } from '../errors.ts';
import { readAck, type Sent } from './ack.ts';
import { encodeInto, type Message } from './message.ts';
import { sink, traceSent } from './trace.ts';
import { LE, Reader, Writer } from './wire.ts';

/** A message that the kernel refused. */
export interface Refusal<T> {
  /** What {@link Batch.add} was given. */
  readonly tag: T;
  readonly error: NetlinkError;
}

/** Messages that go out together. */
export interface Batch<T> {
  /** How many messages are in it. */
  readonly size: number;
  /**
   * Encodes a message into the batch; NLM_F_REQUEST and NLM_F_ACK are seen to.
   * @throws RangeError when the value can't be encoded; the batch is as before then.
   */
  add<V>(message: Message<V>, value: NoInfer<V>, flags: number, tag: T): void;
  /**
   * Sends all and empties the batch. Returns what was refused; everything else is done.
   * @throws SystemError when the socket fails: a refused message is not that.
   */
  send(): Refusal<T>[];
}

interface Entry<T> {
  readonly message: Message<never>;
  readonly start: number;
  readonly end: number;
  readonly tag: T;
}

/** Encoded messages, one behind the other in one buffer, and whose they are. */
export class Outbox<T> {
  readonly #writer = new Writer(4096);
  #entries: Entry<T>[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get bytes(): Uint8Array {
    return this.#writer.bytes;
  }

  add<V>(message: Message<V>, value: NoInfer<V>, flags: number, tag: T): void {
    const start = encodeInto(this.#writer, message, value, flags, 0);
    this.#entries.push({ message, start, end: this.#writer.at, tag });
  }

  start(index: number): number {
    return this.#entries[index]!.start;
  }

  end(index: number): number {
    return this.#entries[index]!.end;
  }

  /** Numbers the messages from `first` on and sets a flag on one: known only when they are sent. */
  seal(from: number, to: number, first: number, flagged: number, flag: number): void {
    const view = this.#writer.view;
    for (let i = from; i < to; i++) view.setUint32(this.#entries[i]!.start + 8, first + i - from, LE);
    const at = this.#entries[flagged]!.start + 6;
    view.setUint16(at, view.getUint16(at, LE) | flag, LE);
    if (sink === undefined) return;
    const reader = new Reader(this.#writer.bytes);
    for (const { message, start, end } of this.#entries.slice(from, to)) traceSent(message, reader, start, end);
  }

  tag(index: number): T {
    return this.#entries[index]!.tag;
  }

  /** The error that the acknowledgement at `at` means for the message `index`. */
  answer(index: number, r: Reader, at: number, end: number): NetlinkError | undefined {
    const entry = this.#entries[index]!;
    const sent: Sent = { message: entry.message, bytes: this.#writer.bytes, start: entry.start, end: entry.end };
    return readAck(r, at, end, sent);
  }

  clear(): void {
    this.#entries = [];
    this.#writer.at = 0;
  }
}
