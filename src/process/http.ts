/** A page fetched from inside a node. The socket is opened in there; what is said over it goes through Node's own client. */
import { closeSync, openSync } from 'node:fs';
import { request } from 'node:http';
import { Socket } from 'node:net';
import { constants } from 'node:os';

import { SystemError } from '../errors.ts';
import { parseIp } from '../model/ip.ts';
import { errnoName } from '../sys/errno.ts';
import { c, check, errno } from '../sys/libc.ts';
import { inNetns } from '../sys/netns.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000;

/** What is asked for. */
export interface PageRequest {
  /** Leads to the network namespace from which to ask. */
  readonly netns: string;
  readonly url: string;
  /** Where the URL's host is. */
  readonly address: string;
  readonly timeoutMs: number;
}

/**
 * The status with which a URL answers; redirections are not followed, and the body is not read.
 * @throws SystemError or Node's own error when there is no answer, or none in time.
 */
export function fetchStatus({ netns, url, address, timeoutMs }: PageRequest): Promise<number> {
  const { port, pathname, search, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectIn(netns, address, port === '' ? 80 : Number(port));
    const query = request({
      createConnection: () => socket,
      path: `${pathname}${search}`,
      headers: { host, connection: 'close', 'user-agent': 'netlab' },
    });
    const timer = setTimeout(() => query.destroy(new SystemError('connect', 'ETIMEDOUT', url)), timeoutMs);
    query.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      socket.destroy();
    });
    query.on('error', reject);
    query.on('close', () => {
      clearTimeout(timer);
      reject(new SystemError('connect', 'ECONNRESET', url));
    });
    query.end();
  });
}

/** A TCP socket that is being connected in that network namespace; it stays of that namespace for ever. */
function connectIn(netns: string, address: string, port: number): Socket {
  const place = openSync(netns, 'r');
  try {
    const to = socketAddress(address, port);
    const fd = inNetns(place, () => {
      const socket = check(c.socket(to[0] === AF_INET ? AF_INET : AF_INET6, SOCK_STREAM_NONBLOCK_CLOEXEC, 0), 'socket');
      if (c.connect(socket, to, to.length) < 0 && errno() !== constants.errno.EINPROGRESS) {
        const reason = errnoName(errno());
        c.close(socket);
        throw new SystemError('connect', reason, `${address} port ${port}`);
      }
      return socket;
    });
    return new Socket({ fd, readable: true, writable: true });
  } finally {
    closeSync(place);
  }
}

/** `struct sockaddr_in` or `sockaddr_in6`. */
function socketAddress(address: string, port: number): Uint8Array {
  const ip = parseIp(address) ?? new Uint8Array(4);
  const bytes = Buffer.alloc(ip.length === 4 ? 16 : 28);
  // The family is in the machine's own order, the port in the network's.
  new Uint16Array(bytes.buffer, bytes.byteOffset, 1)[0] = ip.length === 4 ? AF_INET : AF_INET6;
  bytes.writeUInt16BE(port, 2);
  bytes.set(ip, ip.length === 4 ? 4 : 8);
  return bytes;
}
