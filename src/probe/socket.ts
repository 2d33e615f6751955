/** Sockets of a network namespace, opened in it and used from home. */
import { errnoName } from '../sys/errno.ts';
import { c, check, errno, int32 } from '../sys/libc.ts';
import { inNetns } from '../sys/netns.ts';
import { AF, SO, SOCK, SOL } from './constants.ts';
import type { Endpoint } from './endpoint.ts';

/** Opens a socket in the namespace of the descriptor `netns`; it stays of that namespace for ever. Throws SystemError. */
export function openSocketIn(netns: number, family: 4 | 6, type: number, protocol: number): number {
  const domain = family === 4 ? AF.INET : AF.INET6;
  return check(
    inNetns(netns, () => c.socket(domain, type | SOCK.NONBLOCK | SOCK.CLOEXEC, protocol)),
    'socket',
  );
}

/** Sets an option that is an int. Throws SystemError. */
export function setOption(fd: number, level: number, name: number, value: number): void {
  check(c.setsockopt(fd, level, name, int32(value), 4), 'setsockopt', `option ${name} of level ${level}`);
}

/** The same for an option without which the socket is of use all the same; false when the kernel does not take it. */
export function tryOption(fd: number, level: number, name: number, value: number): boolean {
  return c.setsockopt(fd, level, name, int32(value), 4) === 0;
}

/** An option that is an int. Throws SystemError. */
export function getOption(fd: number, level: number, name: number): number {
  const value = new Int32Array(1);
  check(c.getsockopt(fd, level, name, new Uint8Array(value.buffer), new Uint32Array([4])), 'getsockopt');
  return value[0]!;
}

/** Makes room for so many bytes to wait; beyond the system's limit only CAP_NET_ADMIN of the machine may go. */
export function enlargeQueue(fd: number, bytes: number): void {
  if (!tryOption(fd, SOL.SOCKET, SO.RCVBUFFORCE, bytes)) tryOption(fd, SOL.SOCKET, SO.RCVBUF, bytes);
}

/** bind(2); the errno's name, or empty when it is done. */
export function bindTo(fd: number, { bytes }: Endpoint): string {
  return c.bind(fd, bytes, bytes.length) < 0 ? errnoName(errno()) : '';
}
