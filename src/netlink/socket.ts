import { NetlinkError, SystemError } from '../errors.ts';
import { readAck, type Sent } from './ack.ts';
import { RouteBatch, type Batch } from './batch.ts';
import { NLM_F, NLMSG } from './constants.ts';
import { encodeInto, type Keep, type Message } from './message.ts';
import { NftBatch } from './nft-batch.ts';
import { sink, traceReply, traceSent } from './trace.ts';
import { LOST, messageEnd, Transport, type Protocol, type SocketOptions } from './transport.ts';
import { align4, LE, NLMSG_HDRLEN, Reader, Writer } from './wire.ts';

export type { Batch, Refusal } from './batch.ts';
export type { Protocol, SocketOptions } from './transport.ts';

/** How often a dump is begun anew when the table changed under it. */
const DUMP_ATTEMPTS = 16;

// Single requests are encoded in here: each has been sent before the next is begun.
const scratch = new Writer();

/**
 * A netlink socket of one network namespace. Everything is synchronous: the kernel answers before `send` returns.
 *
 * ```ts
 * using socket = NetlinkSocket.open('route', { netns: fd });
 * socket.request(newlink, { attrs: { ifname: 'br0', linkinfo: { kind: 'bridge' } } }, NLM_F.CREATE | NLM_F.EXCL);
 * for (const { header, attrs } of socket.dump(getlink, {})) console.log(header.index, attrs.ifname);
 * ```
 */
export class NetlinkSocket implements Disposable {
  readonly #transport: Transport;

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Opens a socket in the namespace of the descriptor `netns`, or else in the one that the process is in.
   * @throws SystemError
   */
  static open(protocol: Protocol, options: SocketOptions = {}): NetlinkSocket {
    return new NetlinkSocket(new Transport(protocol, options));
  }

  get fd(): number {
    return this.#transport.fd;
  }

  close(): void {
    this.#transport.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Sends one request and waits for its acknowledgement; NLM_F_REQUEST and NLM_F_ACK are seen to. Returns what the kernel
   * said before it: for a GET of one thing that thing, mostly nothing.
   * @throws NetlinkError with the kernel's words and the attribute that it points at.
   */
  request<V, R>(message: Message<V, R>, value: NoInfer<V>, flags = 0): R[] {
    const sent = this.#send(message, value, flags | NLM_F.REQUEST | NLM_F.ACK);
    const replies = this.#answers(message, sent);
    if (replies === undefined) throw new SystemError('recv', 'ENOBUFS', `answer to ${message.name}`);
    return replies;
  }

  /**
   * All of a table. `keep` sees each header first; of what it does not want nothing more is read. Begun anew when the
   * table changed meanwhile (NLM_F_DUMP_INTR), so that all of what is returned was there at one time.
   * @throws NetlinkError
   */
  dump<V, R>(message: Message<V, R>, value: NoInfer<V>, keep?: Keep<R>): R[] {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      const sent = this.#send(message, value, NLM_F.REQUEST | NLM_F.DUMP);
      const replies = this.#answers(message, sent, keep);
      if (replies !== undefined) return replies;
    }
    const detail = `the table changed during each of ${DUMP_ATTEMPTS} dumps`;
    throw new NetlinkError({ request: message.name, errno: 'EINTR', detail });
  }

  /** Messages that go out together, each standing for itself. */
  batch<T>(): Batch<T> {
    return new RouteBatch(this.#transport);
  }

  /** Messages of nf_tables that take effect all at once or not at all. */
  nftBatch<T>(): Batch<T> {
    return new NftBatch(this.#transport);
  }

  #send<V>(message: Message<V>, value: NoInfer<V>, flags: number): Sent & { seq: number } {
    scratch.at = 0;
    const seq = this.#transport.sequence();
    encodeInto(scratch, message, value, flags, seq);
    const sent = { message, bytes: scratch.bytes, start: 0, end: scratch.at, seq };
    if (sink !== undefined) traceSent(sent.message, new Reader(sent.bytes), 0, sent.end);
    this.#transport.send(scratch.bytes, 0, scratch.at);
    return sent;
  }

  /** What came in answer; undefined when some of it was lost or does not fit together. */
  #answers<V, R>(message: Message<V, R>, sent: Sent & { seq: number }, keep?: Keep<R>): R[] | undefined {
    try {
      return this.#receive(message, sent, keep);
    } catch (error) {
      // A dump that nobody reads to its end would make the next one fail with EBUSY.
      if (!(error instanceof NetlinkError)) this.#transport.drain();
      throw error;
    }
  }

  #receive<V, R>(message: Message<V, R>, sent: Sent & { seq: number }, keep?: Keep<R>): R[] | undefined {
    const replies: R[] = [];
    let interrupted = false;
    for (;;) {
      const datagram = this.#transport.receive();
      if (datagram === undefined) throw new SystemError('recv', 'EAGAIN', `answer to ${message.name}`);
      if (datagram === LOST) {
        this.#transport.drain();
        return undefined;
      }
      const { reader, length } = datagram;
      for (let at = 0; at < length;) {
        const end = messageEnd(datagram, at);
        // Another number: left over from an exchange that failed half-way.
        if (reader.view.getUint32(at + 8, LE) === sent.seq) {
          const type = reader.view.getUint16(at + 4, LE);
          if ((reader.view.getUint16(at + 6, LE) & NLM_F.DUMP_INTR) !== 0) interrupted = true;
          if (type === NLMSG.ERROR || type === NLMSG.DONE) {
            const error = readAck(reader, at, end, sent);
            if (error !== undefined && !(type === NLMSG.DONE && error.errno === 'EINTR')) throw error;
            return interrupted || error !== undefined ? undefined : replies;
          }
          if (sink !== undefined) traceReply(message, reader, at, end);
          const reply = message.read(reader, at + NLMSG_HDRLEN, end, keep);
          if (reply !== undefined) replies.push(reply);
        }
        at = align4(end);
      }
    }
  }
}
