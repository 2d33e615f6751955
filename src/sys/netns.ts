import { fstatSync, openSync } from 'node:fs';

import { c, check } from './libc.ts';

/** Kinds of namespace, as clone(2) and setns(2) number them. */
export const CLONE = {
  NEWTIME: 0x00000080,
  NEWNS: 0x00020000,
  NEWCGROUP: 0x02000000,
  NEWUTS: 0x04000000,
  NEWIPC: 0x08000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
} as const;

// The namespace in which netlab was started. Opened at the first entry and kept: it is the way back.
let home: number | undefined;
let inside = false;

/**
 * Runs `fn` in the network namespace that `fd` refers to, and comes back. A socket opened inside stays of that namespace for
 * ever, so this is for opening sockets and writing sysctls, and for nothing else.
 *
 * `fn` must be synchronous: the namespace belongs to the thread, and an `await` would let all other code run in there.
 * Nesting is refused for the same reason. Like `nsenter --net=/proc/self/fd/FD`.
 * @throws SystemError when the namespace can't be entered; whatever `fn` throws.
 */
export function inNetns<T>(fd: number, fn: () => T): T {
  if (inside) throw new TypeError('inNetns: already inside another network namespace');
  home ??= openSync('/proc/thread-self/ns/net', 'r');
  check(c.setns(fd, CLONE.NEWNET), 'setns', 'network namespace');
  inside = true;
  let result: T;
  try {
    result = fn();
  } finally {
    inside = false;
    // To go on in the wrong namespace would write into somebody else's network: better no process than that one.
    if (c.setns(home, CLONE.NEWNET) < 0) process.abort();
  }
  if (result instanceof Promise) throw new TypeError('inNetns: the function must be synchronous');
  return result;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;

/**
 * Which network namespace `fd` refers to, in a word that no other has while this machine runs: its number as lsns(8) shows it, and its
 * cookie (Linux 5.14), since numbers are given again. Like `readlink /proc/PID/ns/net`.
 * @throws SystemError EINVAL for what is no network namespace; EPERM for one that this user may not enter.
 */
export function netnsIdentity(fd: number): string {
  const number = `net:[${fstatSync(fd).ino}]`;
  const cookie = inNetns(fd, () => {
    const socket = check(c.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), 'socket', number);
    const value = new BigUint64Array(1);
    const bytes = new Uint8Array(value.buffer);
    const got = c.getsockopt(socket, SOL_SOCKET, SO_NETNS_COOKIE, bytes, new Uint32Array([bytes.length]));
    c.close(socket);
    return got < 0 ? undefined : value[0];
  });
  return cookie === undefined ? number : `${number} ${cookie}`;
}
