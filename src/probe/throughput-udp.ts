/** Datagrams at a rate, for a time, counted where they arrive. */
import { constants as os } from 'node:os';

import { SystemError } from '../errors.ts';
import { errnoName } from '../sys/errno.ts';
import { c, errno, type Watch, watchReadable } from '../sys/libc.ts';
import { Alarm } from './alarm.ts';
import { IP, IP_PMTUDISC, IPPROTO, MSG, SOCK } from './constants.ts';
import { boundPort, endpoint } from './endpoint.ts';
import { bindTo, enlargeQueue, openSocketIn, setOption } from './socket.ts';
import { errnoWords } from './reason.ts';
import { firstMtu } from './route.ts';
import type { Transfer } from './throughput.ts';
import { pause, type Run } from './throughput-tcp.ts';

const HEADERS = { 4: 28, 6: 48 } as const;
/** No larger than most links take whole; of IPv6, which no router cuts, what all of them do. */
const DATAGRAM = { 4: 1500, 6: 1280 } as const;
const QUEUE = 8 << 20;
/** So many datagrams are sent before the other side has its turn: its queue must hold them. */
const BURST = 32;
/** What is still under way has come when nothing has for that long. */
const QUIET_MS = 200;

export async function udpThroughput(run: Run): Promise<Transfer> {
  const { from, to, address, port, seconds, rate, timeout, signal } = run;
  using sink = new Sink(to, address, port);
  const target = endpoint(from, address, sink.port);
  const most = DATAGRAM[target.family];
  const mtu = Math.min(most, firstMtu(from, target) ?? most);
  const block = new Uint8Array(mtu - HEADERS[target.family]);
  const fd = openSocketIn(from, target.family, SOCK.DGRAM, IPPROTO.UDP);
  // A router with a smaller link cuts it: one that must not would be lost, and no loss of the path's.
  if (target.family === 4) setOption(fd, IPPROTO.IP, IP.MTU_DISCOVER, IP_PMTUDISC.DONT);
  const alarm = new Alarm(signal);
  let [sent, why] = [0, ''];
  try {
    const began = performance.now();
    const end = began + 1000 * seconds;
    const every = (8000 * block.length) / rate;
    for (let now = began; now < end && !alarm.stopped && why === ''; now = performance.now()) {
      const due = Math.min(BURST, Math.floor((now - began) / every) + 1 - sent);
      for (let i = 0; i < due && why === ''; i++) {
        if (c.sendto(fd, block, block.length, MSG.DONTWAIT, target.bytes, target.bytes.length) >= 0) sent++;
        else {
          const reason = errno();
          // A full queue of one's own is the link's limit: what did not fit is not sent at all.
          if (reason === os.errno.EAGAIN || reason === os.errno.ENOBUFS) break;
          why = errnoWords(errnoName(reason));
        }
      }
      const left = Math.min(end, began + sent * every) - performance.now();
      await pause(left > 1 ? left : 0);
    }
  } finally {
    c.close(fd);
  }
  sink.onData = () => alarm.ring();
  const patience = performance.now() + timeout;
  for (let before = -1; sink.count < sent && sink.count !== before && performance.now() < patience && !alarm.stopped;) {
    before = sink.count;
    await alarm.until(() => sink.count >= sent, QUIET_MS);
  }
  return { bytes: sink.bytes, seconds: sink.seconds, sent, lost: Math.max(0, sent - sink.count), why };
}

/** Counts what comes to a port. */
class Sink implements Disposable {
  readonly port: number;
  bytes = 0;
  count = 0;
  onData: () => void = () => {};
  readonly #fd: number;
  readonly #buffer = new Uint8Array(65536);
  readonly #watch: Watch;
  #first = 0;
  #last = 0;

  constructor(netns: number, address: string, port: number) {
    const local = endpoint(netns, address, port);
    this.#fd = openSocketIn(netns, local.family, SOCK.DGRAM, IPPROTO.UDP);
    enlargeQueue(this.#fd, QUEUE);
    const refused = bindTo(this.#fd, local);
    if (refused !== '') {
      c.close(this.#fd);
      throw new SystemError('bind', refused, `${address} port ${port}`);
    }
    this.port = boundPort(this.#fd);
    this.#watch = watchReadable(this.#fd, () => this.#read());
  }

  /** From the first to the last, and the time that the last itself took: so many there are, and one less between them. */
  get seconds(): number {
    if (this.count < 2) return 0;
    return ((Math.max(0, this.#last - this.#first) / 1000) * this.count) / (this.count - 1);
  }

  [Symbol.dispose](): void {
    this.#watch.close();
    c.close(this.#fd);
  }

  #read(): void {
    for (let turn = 0; turn < 256; turn++) {
      const length = c.recv(this.#fd, this.#buffer, this.#buffer.length, MSG.DONTWAIT);
      if (length < 0) break;
      this.#last = performance.now();
      if (this.count++ === 0) this.#first = this.#last;
      this.bytes += length;
    }
    this.onData();
  }
}
