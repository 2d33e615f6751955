/** One raw ICMP socket: echo requests out, and in what is said to them. */
import { constants as os } from 'node:os';
import { randomBytes } from 'node:crypto';

import { SystemError } from '../errors.ts';
import { LE } from '../sys/byte-order.ts';
import { datagramBuffer } from '../sys/datagram.ts';
import { errnoName } from '../sys/errno.ts';
import { c, check, errno, realtime, type Watch, watchReadable } from '../sys/libc.ts';
import {
  ICMP,
  ICMP_FILTER,
  ICMPV6,
  ICMPV6_FILTER,
  IP,
  IP_PMTUDISC,
  IPPROTO,
  IPV6,
  MSG,
  SO,
  SOCK,
  SOL,
} from './constants.ts';
import { decodeSockaddr, endpoint, type Endpoint } from './endpoint.ts';
import { decodeIcmp, decodeIpv4, echoOf, encodeEcho, type IcmpMessage, REFUSALS4, REFUSALS6 } from './icmp.ts';
import { errnoWords, type Refusal } from './reason.ts';
import { bindTo, enlargeQueue, openSocketIn, setOption, tryOption } from './socket.ts';

/** How echo requests are sent. */
export interface EchoManner {
  /** Bytes of payload, 0 to 65507; 56 unless said. `ping -s` */
  readonly size?: number | undefined;
  /** Time to live, or hop limit: 1 to 255. `ping -t` */
  readonly ttl?: number | undefined;
  /** Refuses to be cut into fragments, here and on the way, whatever is known of the path. `ping -M probe` */
  readonly dontFragment?: boolean | undefined;
  /** The address to send from: one of the namespace's own. `ping -I` */
  readonly from?: string | undefined;
}

/** What came in answer to the request `seq`. */
export type Arrival = { readonly seq: number; /** By {@link realtime}. */ readonly at: number } & (
  | { readonly kind: 'reply'; readonly from: string; readonly ttl: number; readonly bytes: number }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
);

const COOKIE_BYTES = 8;
/** The most that an ICMP message of either family has. */
const DATAGRAM = 65536;
/** Room for a thousand answers that come before the first is read. */
const QUEUE = 1 << 20;
const FAILURES_MAX = 16;

// All sockets receive into this one: what is received is read before the next.
const buffer = datagramBuffer(DATAGRAM);

/** Needs CAP_NET_RAW in the user namespace that owns the network namespace. */
export class EchoSocket implements Disposable {
  readonly family: 4 | 6;
  readonly #fd: number;
  readonly #id: number;
  #payload = new Uint8Array();
  #watch: Watch | undefined;

  /** @throws SystemError, also when `from` is no address of the namespace (EADDRNOTAVAIL). TypeError when it is none at all. */
  constructor(netns: number, family: 4 | 6, { size = 56, ttl, dontFragment = false, from }: EchoManner = {}) {
    const source = from === undefined ? undefined : endpoint(netns, from);
    this.family = family;
    this.#id = randomBytes(2).readUInt16BE();
    this.resize(size);
    this.#fd = openSocketIn(netns, family, SOCK.RAW, family === 4 ? IPPROTO.ICMP : IPPROTO.ICMPV6);
    try {
      this.#filter();
      enlargeQueue(this.#fd, QUEUE);
      // Where the kernel does not stamp (before 5.1), arrivals are timed when they are read.
      tryOption(this.#fd, SOL.SOCKET, SO.TIMESTAMPNS_NEW, 1);
      if (family === 6) setOption(this.#fd, IPPROTO.IPV6, IPV6.RECVHOPLIMIT, 1);
      if (ttl !== undefined) this.live(ttl);
      if (dontFragment) {
        if (family === 4) setOption(this.#fd, IPPROTO.IP, IP.MTU_DISCOVER, IP_PMTUDISC.PROBE);
        else setOption(this.#fd, IPPROTO.IPV6, IPV6.MTU_DISCOVER, IP_PMTUDISC.PROBE);
        if (family === 6) setOption(this.#fd, IPPROTO.IPV6, IPV6.DONTFRAG, 1);
      }
      const refused = source === undefined ? '' : bindTo(this.#fd, source);
      if (refused !== '') throw new SystemError('bind', refused, from);
    } catch (error) {
      c.close(this.#fd);
      throw error;
    }
  }

  /** A new one; or, when it cannot send from that address, why not, in words. Throws the rest of what the constructor does. */
  static open(netns: number, family: 4 | 6, manner: EchoManner): EchoSocket | string {
    try {
      return new EchoSocket(netns, family, manner);
    } catch (error) {
      if (error instanceof SystemError && error.call === 'bind') return errnoWords(error.errno);
      throw error;
    }
  }

  /** The bytes by which its requests, and all that quotes them, are known: the first of the payload. */
  get cookie(): Uint8Array {
    return this.#payload.subarray(0, COOKIE_BYTES);
  }

  /** What is sent from now on has this time to live, or hop limit. */
  live(ttl: number): void {
    if (this.family === 4) setOption(this.#fd, IPPROTO.IP, IP.TTL, ttl);
    else setOption(this.#fd, IPPROTO.IPV6, IPV6.UNICAST_HOPS, ttl);
  }

  /** Payloads have this size from now on; what is heard of requests of before is passed over. */
  resize(size: number): void {
    // Tells our own requests from those of others with the same id.
    this.#payload = new Uint8Array(size);
    this.#payload.set(randomBytes(Math.min(size, COOKIE_BYTES)));
    for (let i = COOKIE_BYTES; i < size; i++) this.#payload[i] = i & 0xff;
  }

  /** Sends request `seq` (16 bits). Returns when, or the name of the errno with which the node's own kernel refuses it. */
  send(to: Endpoint, seq: number): number | string {
    const bytes = encodeEcho(this.family, { id: this.#id, seq, payload: this.#payload });
    const at = realtime();
    for (;;) {
      if (c.sendto(this.#fd, bytes, bytes.length, MSG.DONTWAIT, to.bytes, to.bytes.length) >= 0) return at;
      const reason = errno();
      if (reason !== os.errno.EINTR) return errnoName(reason);
    }
  }

  /** Hands over all that has come. */
  drain(onArrival: (arrival: Arrival) => void): void {
    for (let failures = 0; ;) {
      const length = buffer.receive(this.#fd, MSG.DONTWAIT);
      if (length < 0) {
        const reason = errno();
        if (reason === os.errno.EAGAIN) return;
        // That its interface went down, say, a socket is told once; what comes after that can be read.
        if (++failures < FAILURES_MAX) continue;
        throw new SystemError('recvmsg', errnoName(reason), 'ICMP');
      }
      const arrival = this.#read(length);
      if (arrival !== undefined) onArrival(arrival);
    }
  }

  /** Calls `onArrival` as things come, until the socket is closed. */
  listen(onArrival: (arrival: Arrival) => void): void {
    this.#watch = watchReadable(this.#fd, () => this.drain(onArrival));
  }

  [Symbol.dispose](): void {
    this.#watch?.close();
    c.close(this.#fd);
  }

  #read(length: number): Arrival | undefined {
    const at = stamp();
    const bytes = buffer.data.subarray(0, length);
    if (this.family === 4) {
      const header = decodeIpv4(bytes);
      if (header === undefined) return undefined;
      return this.#match(decodeIcmp(4, bytes.subarray(header.length)), header.from, header.ttl, at);
    }
    const from = decodeSockaddr(buffer.name())?.address ?? '::';
    const ttl = buffer.note(IPPROTO.IPV6, IPV6.HOPLIMIT)?.getInt32(0, LE) ?? 0;
    return this.#match(decodeIcmp(6, bytes), from, ttl, at);
  }

  #match(message: IcmpMessage | undefined, from: string, ttl: number, at: number): Arrival | undefined {
    if (message?.kind === 'refusal') {
      const echo = echoOf(this.family, message.original);
      if (echo?.id !== this.#id || !this.#isOwn(echo.payload)) return undefined;
      return { kind: 'refusal', seq: echo.seq, at, refusal: { ...message.refusal, from } };
    }
    if (message?.echo.id !== this.#id || !this.#isOwn(message.echo.payload)) return undefined;
    const { seq, payload } = message.echo;
    if (payload.length !== this.#payload.length) return undefined;
    return { kind: 'reply', seq, at, from, ttl, bytes: payload.length };
  }

  /** Of what a refusal quotes there may be as little as nothing. */
  #isOwn(payload: Uint8Array): boolean {
    const end = Math.min(COOKIE_BYTES, payload.length, this.#payload.length);
    for (let i = 0; i < end; i++) if (payload[i] !== this.#payload[i]) return false;
    return true;
  }

  /** Without it a socket gets all ICMP of its namespace, and others' requests first of all. A set bit blocks a type. */
  #filter(): void {
    if (this.family === 4) {
      let mask = 0xffffffff;
      for (const type of [ICMP.ECHOREPLY, ...REFUSALS4]) mask &= ~(1 << type);
      setOption(this.#fd, IPPROTO.RAW, ICMP_FILTER, mask);
      return;
    }
    const words = new Uint32Array(8).fill(0xffffffff);
    for (const type of [ICMPV6.ECHO_REPLY, ...REFUSALS6]) words[type >> 5]! &= ~(1 << (type & 31));
    const bytes = new Uint8Array(words.buffer);
    check(c.setsockopt(this.#fd, IPPROTO.ICMPV6, ICMPV6_FILTER, bytes, bytes.length), 'setsockopt', 'ICMPV6_FILTER');
  }
}

/** When the kernel received what is in the buffer. */
function stamp(): number {
  const note = buffer.note(SOL.SOCKET, SO.TIMESTAMPNS_NEW);
  // struct __kernel_timespec: two numbers of 64 bits on every machine.
  if (note === undefined || note.byteLength < 16) return realtime();
  return Number(note.getBigInt64(0, LE)) * 1000 + Number(note.getBigInt64(8, LE)) / 1e6;
}
