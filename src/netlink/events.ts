/** What the kernel tells of its own accord: one socket for all namespaces that the socket's own has numbers for. */
import { constants as os } from 'node:os';

import { SystemError } from '../errors.ts';
import { errnoName } from '../sys/errno.ts';
import { datagramBuffer } from '../sys/datagram.ts';
import { c, check, errno, int32 } from '../sys/libc.ts';
import { inNetns } from '../sys/netns.ts';
import { AF, NETLINK } from './constants.ts';
import { type Protocol, PROTOCOLS } from './transport.ts';
import { align4, LE, NLMSG_HDRLEN, Reader } from './wire.ts';

// asm-generic/socket.h, linux/socket.h, linux/net.h
const SOL_SOCKET = 1;
const SOL_NETLINK = 270;
const SO = { RCVBUF: 8, RCVBUFFORCE: 33 } as const;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const DATAGRAM = 64 * 1024;

/** A message: its type, and the bytes behind its nlmsghdr. Valid until the next one is read. */
export interface Event {
  /** By which number the socket's namespace knows the one that it is about; undefined: it is its own. */
  readonly nsid: number | undefined;
  readonly type: number;
  readonly reader: Reader;
  readonly start: number;
  readonly end: number;
}

export interface EventOptions {
  /** The namespace in which the socket lives; it hears of those that have a number there (RTM_NEWNSID). */
  readonly netns: number;
  /** Of RTNLGRP or NFNLGRP. */
  readonly groups: readonly number[];
  /** Bytes that may wait to be read; more are lost. */
  readonly queue: number;
}

/** A socket that hears events, of its own namespace and of all that this one has numbers for. Like `ip monitor all-nsid`. */
export class EventSocket implements Disposable {
  readonly fd: number;
  readonly #buffer = datagramBuffer(DATAGRAM);
  readonly #reader = new Reader(this.#buffer.data);

  /** @throws SystemError */
  constructor(protocol: Protocol, { netns, groups, queue }: EventOptions) {
    const open = (): number => c.socket(AF.NETLINK, SOCK_RAW | SOCK_CLOEXEC, PROTOCOLS[protocol]);
    this.fd = check(inNetns(netns, open), 'socket', `netlink ${protocol}`);
    try {
      const address = new Uint8Array(12);
      new DataView(address.buffer).setUint16(0, AF.NETLINK, LE);
      check(c.bind(this.fd, address, address.length), 'bind', `netlink ${protocol}`);
      const set = (level: number, option: number, value: number): number =>
        c.setsockopt(this.fd, level, option, int32(value), 4);
      if (set(SOL_SOCKET, SO.RCVBUFFORCE, queue) < 0) set(SOL_SOCKET, SO.RCVBUF, queue);
      check(set(SOL_NETLINK, NETLINK.LISTEN_ALL_NSID, 1), 'setsockopt', 'NETLINK_LISTEN_ALL_NSID');
      for (const group of groups)
        check(set(SOL_NETLINK, NETLINK.ADD_MEMBERSHIP, group), 'setsockopt', 'NETLINK_ADD_MEMBERSHIP');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Hands over all that has come. False: some of it was lost, and nobody knows what; the rest has been handed over. */
  drain(onEvent: (event: Event) => void): boolean {
    for (let whole = true; ;) {
      const length = this.#buffer.receive(this.fd, MSG_DONTWAIT);
      if (length < 0) {
        const reason = errno();
        if (reason === os.errno.EAGAIN) return whole;
        if (reason === os.errno.EINTR) continue;
        if (reason !== os.errno.ENOBUFS) throw new SystemError('recvmsg', errnoName(reason), 'netlink events');
        whole = false;
        continue;
      }
      const note = this.#buffer.note(SOL_NETLINK, NETLINK.LISTEN_ALL_NSID);
      this.#split(length, note?.getInt32(0, LE), onEvent);
    }
  }

  close(): void {
    c.close(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #split(length: number, nsid: number | undefined, onEvent: (event: Event) => void): void {
    const reader = this.#reader;
    for (let at = 0; at + NLMSG_HDRLEN <= length;) {
      const size = reader.view.getUint32(at, LE);
      if (size < NLMSG_HDRLEN || at + size > length) return;
      onEvent({ nsid, type: reader.view.getUint16(at + 4, LE), reader, start: at + NLMSG_HDRLEN, end: at + size });
      at += align4(size);
    }
  }
}
