/** A stream of bytes over TCP, for a time, counted where it arrives. */
import { constants as os } from 'node:os';

import { SystemError } from '../errors.ts';
import { errnoName } from '../sys/errno.ts';
import { c, check, errno, type Watch, watchReadable } from '../sys/libc.ts';
import { Alarm } from './alarm.ts';
import { dial } from './connect.ts';
import { IPPROTO, MSG, SO, SOCK, SOL } from './constants.ts';
import { boundPort, endpoint } from './endpoint.ts';
import { bindTo, openSocketIn, tryOption } from './socket.ts';
import type { Transfer } from './throughput.ts';
import { ready } from './wait.ts';

export interface Run {
  readonly from: number;
  readonly to: number;
  readonly address: string;
  readonly port: number;
  readonly seconds: number;
  /** Bits per second at most; Infinity: as many as there can be. */
  readonly rate: number;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const BLOCK = new Uint8Array(256 * 1024);
/** What is read at once; with MSG_TRUNC a TCP socket throws it away instead of copying it. */
const READ = 4 << 20;
/** One turn of the event loop is for one side: the other must have its own. */
const TURN = 2 << 20;

export async function tcpThroughput(run: Run): Promise<Transfer> {
  const { from, to, address, port, seconds, rate, timeout, signal } = run;
  const none = (why: string): Transfer => ({ bytes: 0, seconds: 0, sent: 0, lost: 0, why });
  const sink = new Sink(to, address, port);
  try {
    const { fd, why } = await dial(from, address, sink.port, { timeout, signal });
    if (fd === undefined) return none(why);
    try {
      const why = await pump(fd, { seconds, rate, signal });
      c.shutdown(fd, SHUT_WR);
      const alarm = new Alarm(signal);
      sink.onEnd = () => alarm.ring();
      await alarm.until(() => sink.ended, timeout);
      return { bytes: sink.bytes, seconds: sink.seconds, sent: 0, lost: 0, why };
    } finally {
      c.close(fd);
    }
  } finally {
    sink[Symbol.dispose]();
  }
}

const SHUT_WR = 1;

/** Sends for so many seconds, no faster than told. */
async function pump(
  fd: number,
  { seconds, rate, signal }: { seconds: number; rate: number; signal: AbortSignal | undefined },
): Promise<string> {
  const began = performance.now();
  const end = began + 1000 * seconds;
  const alarm = new Alarm(signal);
  let sent = 0;
  for (let now = began; now < end && !alarm.stopped; now = performance.now()) {
    const due = rate === Infinity ? TURN : Math.min(TURN, (rate / 8000) * (now - began) - sent);
    let turn = 0;
    while (turn < due) {
      const length = Math.min(BLOCK.length, Math.ceil(due - turn));
      const took = c.send(fd, BLOCK, length, MSG.DONTWAIT | MSG.NOSIGNAL);
      if (took < 0) {
        const reason = errno();
        if (reason === os.errno.EAGAIN) break;
        return errnoName(reason);
      }
      turn += took;
    }
    sent += turn;
    const left = end - performance.now();
    if (turn >= due) await pause(rate === Infinity ? 0 : Math.min(left, 1));
    else await ready(fd, 'writable', left, signal);
  }
  return '';
}

/** Lets the other side have its turn. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (ms <= 0) setImmediate(resolve);
    else setTimeout(resolve, ms);
  });
}

/** Listens, takes one connection, and counts what comes. */
class Sink implements Disposable {
  readonly port: number;
  bytes = 0;
  ended = false;
  onEnd: () => void = () => {};
  readonly #listener: number;
  readonly #buffer = new Uint8Array(READ);
  #connection: number | undefined;
  #watch: Watch;
  #first = 0;
  #last = 0;

  constructor(netns: number, address: string, port: number) {
    const local = endpoint(netns, address, port);
    this.#listener = openSocketIn(netns, local.family, SOCK.STREAM, IPPROTO.TCP);
    tryOption(this.#listener, SOL.SOCKET, SO.REUSEADDR, 1);
    try {
      const refused = bindTo(this.#listener, local);
      if (refused !== '') throw new SystemError('bind', refused, `${address} port ${port}`);
      check(c.listen(this.#listener, 1), 'listen');
      this.port = boundPort(this.#listener);
    } catch (error) {
      c.close(this.#listener);
      throw error;
    }
    this.#watch = watchReadable(this.#listener, () => this.#accept());
  }

  get seconds(): number {
    return Math.max(0, this.#last - this.#first) / 1000;
  }

  [Symbol.dispose](): void {
    this.#watch.close();
    c.close(this.#listener);
    if (this.#connection !== undefined) c.close(this.#connection);
  }

  #accept(): void {
    const fd = c.accept4(this.#listener, null, null, SOCK.NONBLOCK | SOCK.CLOEXEC);
    if (fd < 0) return;
    this.#watch.close();
    this.#connection = fd;
    this.#first = performance.now();
    this.#watch = watchReadable(fd, () => this.#read(fd));
  }

  #read(fd: number): void {
    for (let turn = 0; turn < TURN;) {
      const length = c.recv(fd, this.#buffer, READ, MSG.DONTWAIT | MSG.TRUNC);
      if (length < 0 && errno() === os.errno.EAGAIN) return;
      if (length <= 0) {
        this.#watch.close();
        this.ended = true;
        this.onEnd();
        return;
      }
      this.#last = performance.now();
      this.bytes += length;
      turn += length;
    }
  }
}
