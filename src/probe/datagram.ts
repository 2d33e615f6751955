/** One UDP datagram from inside a network namespace, and what comes back. */
import { constants as os } from 'node:os';

import { errnoName } from '../sys/errno.ts';
import { c, errno } from '../sys/libc.ts';
import { IPPROTO, MSG, SOCK } from './constants.ts';
import { endpoint } from './endpoint.ts';
import { queuedRefusal, tellRefusals } from './error-queue.ts';
import { NO_ANSWER, type Outcome, type ProbeOptions } from './outcome.ts';
import { errnoWords, refusalWords } from './reason.ts';
import { bindTo, openSocketIn } from './socket.ts';
import { ready } from './wait.ts';

export interface DatagramOptions extends ProbeOptions {
  /** What to send; nothing unless said, which is a datagram as well. */
  readonly payload?: Uint8Array | undefined;
  /** The address to send from. */
  readonly from?: string | undefined;
  /** Milliseconds after which it is sent again, while there is no answer; never unless said. */
  readonly again?: number | undefined;
  /** Whether this is an answer; all others are passed over. Anything is, unless said. */
  readonly accept?: ((answer: Uint8Array) => boolean) | undefined;
}

export interface DatagramOutcome extends Outcome {
  /** What came back; undefined when nothing did. */
  readonly answer: Uint8Array | undefined;
  /** Somebody has said that nobody wants it. */
  readonly refused: boolean;
}

const DATAGRAM = 65536;

/**
 * Sends a datagram and waits for the answer, `timeout` ms (1000) at most. Ok when one came: that none does may mean that it was not
 * wanted, or that nobody answers such things. Like `nc -u ADDRESS PORT`.
 * @throws SystemError when the namespace or a socket cannot be had; TypeError when `to` is no address.
 */
export async function datagram(
  netns: number,
  to: string,
  port: number,
  options: DatagramOptions = {},
): Promise<DatagramOutcome> {
  const { payload = new Uint8Array(), timeout = 1000, again = Infinity, accept = () => true, signal, from } = options;
  const began = performance.now();
  const target = endpoint(netns, to, port);
  const source = from === undefined ? undefined : endpoint(netns, from);
  const fd = openSocketIn(netns, target.family, SOCK.DGRAM, IPPROTO.UDP);
  const end = (why: string, answer?: Uint8Array, refused = false): DatagramOutcome => {
    c.close(fd);
    return { ok: why === '', ms: performance.now() - began, why, answer, refused };
  };
  const refusedBy = (reason: number): DatagramOutcome => {
    const refusal = queuedRefusal(fd);
    return refusal === undefined ? end(errnoWords(errnoName(reason))) : end(refusalWords(refusal), undefined, true);
  };
  tellRefusals(fd, target.family);
  const unbound = source === undefined ? '' : bindTo(fd, source);
  if (unbound !== '') return end(errnoWords(unbound));
  if (c.connect(fd, target.bytes, target.bytes.length) < 0) return end(errnoWords(errnoName(errno())));
  const buffer = new Uint8Array(DATAGRAM);
  for (let next = 0; ;) {
    const now = performance.now() - began;
    if (now >= next) {
      next = now + again;
      if (c.send(fd, payload, payload.length, MSG.DONTWAIT) < 0) return refusedBy(errno());
    }
    const left = Math.min(timeout, next) - (performance.now() - began);
    const waited = await ready(fd, 'readable', left, signal);
    if (waited === NO_ANSWER && performance.now() - began < timeout) continue;
    if (waited !== '') return end(waited);
    const length = c.recv(fd, buffer, buffer.length, MSG.DONTWAIT);
    if (length >= 0) {
      if (accept(buffer.subarray(0, length))) return end('', buffer.slice(0, length));
      continue;
    }
    const reason = errno();
    if (reason !== os.errno.EAGAIN) return refusedBy(reason);
  }
}
