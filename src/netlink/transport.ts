/** A netlink socket as bytes: open, send, receive. */
import { constants as os } from 'node:os';

import { SystemError } from '../errors.ts';
import { errnoName } from '../sys/errno.ts';
import { c, check, errno, int32 } from '../sys/libc.ts';
import { inNetns } from '../sys/netns.ts';
import { AF, NETLINK } from './constants.ts';
import { LE, NLMSG_HDRLEN, Reader } from './wire.ts';

/** The kernel's families of messages: rtnetlink and nfnetlink. */
export type Protocol = 'route' | 'netfilter';
/** Their numbers for socket(2). */
export const PROTOCOLS: Readonly<Record<Protocol, number>> = { route: NETLINK.ROUTE, netfilter: NETLINK.NETFILTER };

export interface SocketOptions {
  /** A descriptor of the network namespace in which to open the socket; it stays of that namespace for ever. */
  readonly netns?: number | undefined;
  /** Bytes to receive at once. A datagram that is longer makes the buffer grow. */
  readonly receiveSize?: number | undefined;
}

// asm-generic/socket.h, linux/socket.h, linux/net.h
const SOL_SOCKET = 1;
const SOL_NETLINK = 270;
const SO = { SNDBUF: 7, RCVBUF: 8, SNDBUFFORCE: 32, RCVBUFFORCE: 33 } as const;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** One send of a batch. */
const SEND_BYTES = 256 * 1024;
/** What every socket has room for as it comes. */
const SMALL = { bytes: 32 * 1024, count: 32 } as const;
const RECEIVE_QUEUE = 4 * 1024 * 1024;
/** More than an acknowledgement with a long message costs in the receive queue (skb and all). */
const ACK_COST = 1536;

/** The most datagrams that an answer may have: some gigabytes. What goes on and on is no answer. */
const DATAGRAMS_MAX = 1 << 18;

/** A datagram: `length` bytes of `reader`, valid until the next one is received. */
export interface Datagram {
  readonly reader: Reader;
  readonly length: number;
}

/** Answers were lost: the receive queue was full (ENOBUFS), or the datagram longer than the buffer, which has grown. */
export const LOST = Symbol('lost');

// All sockets receive into this one: each exchange is over before the next begins.
const shared = new Reader(new Uint8Array(64 * 1024));

export class Transport {
  readonly fd: number;
  #sendBytes: number = SMALL.bytes;
  #sendCount: number = SMALL.count;
  #enlarged = false;
  #seq = 0;
  /** How many datagrams have come since the last was sent. */
  #received = 0;
  #reader: Reader;

  constructor(protocol: Protocol, { netns, receiveSize }: SocketOptions) {
    const open = (): number => c.socket(AF.NETLINK, SOCK_RAW | SOCK_CLOEXEC, PROTOCOLS[protocol]);
    this.fd = check(netns === undefined ? open() : inNetns(netns, open), 'socket', `netlink ${protocol}`);
    this.#reader = receiveSize === undefined ? shared : new Reader(new Uint8Array(receiveSize));
    try {
      // struct sockaddr_nl: family; port 0, the kernel chooses; no multicast groups
      const address = new Uint8Array(12);
      new DataView(address.buffer).setUint16(0, AF.NETLINK, LE);
      check(c.bind(this.fd, address, address.length), 'bind', `netlink ${protocol}`);
      // Absent from kernels older than 4.20; all that is lost then is words and strictness.
      for (const option of [NETLINK.EXT_ACK, NETLINK.CAP_ACK, NETLINK.GET_STRICT_CHK]) {
        c.setsockopt(this.fd, SOL_NETLINK, option, int32(1), 4);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    c.close(this.fd);
  }

  /** The first of `count` new sequence numbers. Never 0, which is that of notifications. */
  sequence(count = 1): number {
    if (this.#seq + count > 0xffffffff) this.#seq = 0;
    const first = this.#seq + 1;
    this.#seq += count;
    return first;
  }

  /**
   * What one send takes, for a batch of `count` messages and so many bytes: how many bytes, and how many messages, for no more answers
   * than that can wait to be received. A batch that is longer than most has the queues made longer.
   */
  room(count: number, bytes: number): { readonly count: number; readonly bytes: number } {
    if (!this.#enlarged && (count > this.#sendCount || bytes > this.#sendBytes)) {
      this.#enlarged = true;
      this.#sendBytes = Math.min(SEND_BYTES, this.#enlarge(SO.SNDBUF, SO.SNDBUFFORCE, SEND_BYTES) - 32);
      this.#sendCount = Math.max(1, Math.floor(this.#enlarge(SO.RCVBUF, SO.RCVBUFFORCE, RECEIVE_QUEUE) / ACK_COST));
    }
    return { count: this.#sendCount, bytes: this.#sendBytes };
  }

  /** Lets one send be as long as that: a transaction can't be split. */
  allow(count: number, bytes: number): void {
    if (bytes > this.room(count, bytes).bytes) this.#enlarge(SO.SNDBUF, SO.SNDBUFFORCE, bytes);
  }

  /** The kernel handles all of it before the call returns: what it answers can be received without waiting. */
  send(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#received = 0;
    const sent = check(c.send(this.fd, bytes.subarray(start, end), length, 0), 'send', `${length} bytes of netlink`);
    if (sent !== length) throw new SystemError('send', 'EMSGSIZE', `${length} bytes of netlink`);
  }

  /** The next datagram; undefined when there is none (any more). */
  receive(): Datagram | typeof LOST | undefined {
    if (++this.#received > DATAGRAMS_MAX) throw new SystemError('recv', 'EOVERFLOW', 'netlink');
    const reader = this.#reader;
    const length = c.recv(this.fd, reader.bytes, reader.bytes.length, MSG_TRUNC | MSG_DONTWAIT);
    if (length < 0) {
      const error = errno();
      if (error === os.errno.EAGAIN) return undefined;
      if (error === os.errno.ENOBUFS) return LOST;
      throw new SystemError('recv', errnoName(error), 'netlink');
    }
    if (length > reader.bytes.length) {
      this.#reader = new Reader(new Uint8Array(2 * length));
      return LOST;
    }
    return { reader, length };
  }

  /** Throws away what an exchange left behind, so that it is not taken for the answer to the next one. */
  drain(): void {
    while (this.receive() !== undefined);
  }

  /** Asks for a queue of `bytes` and returns what it is; beyond the system's limit only CAP_NET_ADMIN may go. */
  #enlarge(option: number, force: number, bytes: number): number {
    const wanted = int32(bytes);
    if (c.setsockopt(this.fd, SOL_SOCKET, force, wanted, 4) < 0) c.setsockopt(this.fd, SOL_SOCKET, option, wanted, 4);
    const value = new Int32Array(1);
    check(c.getsockopt(this.fd, SOL_SOCKET, option, new Uint8Array(value.buffer), new Uint32Array([4])), 'getsockopt');
    return value[0]!;
  }
}

/** Where the message at `at` ends. */
export function messageEnd({ reader, length }: Datagram, at: number): number {
  const size = at + NLMSG_HDRLEN <= length ? reader.view.getUint32(at, LE) : 0;
  if (size < NLMSG_HDRLEN || at + size > length) {
    throw new RangeError(`the message at byte ${at} claims ${size} bytes; there are ${length - at}`);
  }
  return at + size;
}
