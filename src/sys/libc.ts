/**
 * The C library, called in this very thread. The only file that imports koffi. Calls are synchronous on purpose: koffi's
 * asynchronous form runs on libuv's threads, and a `setns` there would leave a pool thread in a foreign namespace for ever.
 */
import koffi from 'koffi';

import { SystemError } from '../errors.ts';
import { errnoName } from './errno.ts';

/** A C `char *` or `void *` that the callee reads or fills. Strings are passed NUL-terminated. */
type Bytes = Uint8Array;

// An intptr_t below is C's ssize_t, which is no type that koffi knows.
const libc = koffi.load(null);

/** Raw bindings; each returns what C returns. Most callers want {@link check} around them. */
export const c = {
  setns: libc.func('int setns(int fd, int nstype)') as (fd: number, type: number) => number,
  unshare: libc.func('int unshare(int flags)') as (flags: number) => number,
  socket: libc.func('int socket(int domain, int type, int protocol)') as (d: number, t: number, p: number) => number,
  bind: libc.func('int bind(int fd, const void *addr, uint32_t len)') as (fd: number, a: Bytes, n: number) => number,
  connect: libc.func('int connect(int fd, const void *addr, uint32_t len)') as (
    fd: number,
    a: Bytes,
    n: number,
  ) => number,
  send: libc.func('intptr_t send(int fd, const void *buf, size_t len, int flags)') as (
    fd: number,
    b: Bytes,
    n: number,
    flags: number,
  ) => number,
  recv: libc.func('intptr_t recv(int fd, _Out_ void *buf, size_t len, int flags)') as (
    fd: number,
    b: Bytes,
    n: number,
    flags: number,
  ) => number,
  recvmsg: libc.func('intptr_t recvmsg(int fd, _Inout_ void *message, int flags)') as (
    fd: number,
    message: Bytes,
    flags: number,
  ) => number,
  sendmsg: libc.func('intptr_t sendmsg(int fd, const void *message, int flags)') as (
    fd: number,
    message: Bytes,
    flags: number,
  ) => number,
  setsockopt: libc.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t len)') as (
    fd: number,
    level: number,
    name: number,
    value: Bytes,
    n: number,
  ) => number,
  getsockopt: libc.func('int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *len)') as (
    fd: number,
    level: number,
    name: number,
    value: Bytes,
    n: Uint32Array,
  ) => number,
  sendto: libc.func(
    'intptr_t sendto(int fd, const void *buf, size_t len, int flags, const void *addr, uint32_t addrlen)',
  ) as (fd: number, b: Bytes, n: number, flags: number, a: Bytes, alen: number) => number,
  getsockname: libc.func('int getsockname(int fd, _Out_ void *addr, _Inout_ uint32_t *len)') as (
    fd: number,
    a: Bytes,
    n: Uint32Array,
  ) => number,
  listen: libc.func('int listen(int fd, int backlog)') as (fd: number, backlog: number) => number,
  accept4: libc.func('int accept4(int fd, void *addr, void *len, int flags)') as (
    fd: number,
    a: null,
    n: null,
    flags: number,
  ) => number,
  clockGettime: libc.func('int clock_gettime(int clock, _Out_ void *time)') as (clock: number, time: Bytes) => number,
  shutdown: libc.func('int shutdown(int fd, int how)') as (fd: number, how: number) => number,
  close: libc.func('int close(int fd)') as (fd: number) => number,
  openat: libc.func('int openat(int dir, const char *path, int flags, int mode)') as (
    dir: number,
    path: string,
    flags: number,
    mode: number,
  ) => number,
  read: libc.func('intptr_t read(int fd, _Out_ void *buf, size_t len)') as (fd: number, b: Bytes, n: number) => number,
  write: libc.func('intptr_t write(int fd, const void *buf, size_t len)') as (
    fd: number,
    b: Bytes,
    n: number,
  ) => number,
  flock: libc.func('int flock(int fd, int operation)') as (fd: number, operation: number) => number,
  fcntl: libc.func('int fcntl(int fd, int cmd, long arg)') as (fd: number, cmd: number, arg: number) => number,
  isatty: libc.func('int isatty(int fd)') as (fd: number) => number,
  execve: libc.func('int execve(const char *path, const char **argv, const char **envp)') as (
    path: string,
    argv: (string | null)[],
    envp: (string | null)[],
  ) => number,
  poll: libc.func('int poll(_Inout_ void *fds, unsigned long count, int timeout)') as (
    fds: Bytes,
    count: number,
    timeout: number,
  ) => number,
  // For calls that the C library has no function for, or only newer ones. Four arguments are enough for what we use.
  syscall: libc.func('long syscall(long number, long a, long b, long c, long d)') as (
    number: number,
    a: number,
    b: number,
    c: number,
    d: number,
  ) => number,
  // The same call with pointers among its arguments.
  syscallOpenat2: libc.func('long syscall(long number, long dir, const void *path, const void *how, long size)') as (
    number: number,
    dir: number,
    path: Bytes,
    how: Bytes,
    size: number,
  ) => number,
  mkfifo: libc.func('int mkfifo(const void *path, uint32_t mode)') as (path: Bytes, mode: number) => number,
  lsetxattr: libc.func('int lsetxattr(const void *path, const void *name, const void *value, size_t n, int flags)') as (
    path: Bytes,
    name: Bytes,
    value: Bytes,
    n: number,
    flags: number,
  ) => number,
  utimensat: libc.func('int utimensat(int dir, const void *path, const void *times, int flags)') as (
    dir: number,
    path: Bytes,
    times: Bytes,
    flags: number,
  ) => number,
  fsopen: optional('int fsopen(const char *type, uint32_t flags)') as
    ((type: string, flags: number) => number) | undefined,
  fsconfig: optional('int fsconfig(int fd, uint32_t cmd, const char *key, const void *value, int aux)') as
    ((fd: number, cmd: number, key: string | null, value: Bytes | null, aux: number) => number) | undefined,
  fsmount: optional('int fsmount(int fd, uint32_t flags, uint32_t attr)') as
    ((fd: number, flags: number, attributes: number) => number) | undefined,
  mmap: libc.func('void *mmap(void *at, size_t length, int protection, int flags, int fd, long offset)') as (
    at: null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => bigint,
  munmap: libc.func('int munmap(void *at, size_t length)') as (at: bigint, length: number) => number,
  pidfdOpen: optional('int pidfd_open(int pid, uint32_t flags)') as
    ((pid: number, flags: number) => number) | undefined,
};

/** Functions that an older C library lacks: the caller has another way, or says what is missing. */
function optional(prototype: string): unknown {
  try {
    return libc.func(prototype);
  } catch {
    return undefined;
  }
}

/** The errno of the last call of this module. Read it before anything else runs. */
export function errno(): number {
  return koffi.errno();
}

/**
 * Passes a call's result on, or throws when it is negative.
 * @throws SystemError with the errno's name.
 */
export function check(result: number, call: string, subject = ''): number {
  if (result < 0) throw new SystemError(call, errnoName(errno()), subject);
  return result;
}

/** `struct timespec`s, each of so many nanoseconds since 1970, as C would lay them out: two longs each. */
export function timespecs(...times: readonly bigint[]): Uint8Array {
  const parts = times.flatMap((time) => {
    const rest = ((time % BILLION) + BILLION) % BILLION;
    return [(time - rest) / BILLION, rest];
  });
  const array = WORD === 8 ? BigInt64Array.from(parts) : Int32Array.from(parts.map((part) => Number(part)));
  return new Uint8Array(array.buffer);
}

const BILLION = 1_000_000_000n;

/** An int as C would lay it out, for socket options. */
export function int32(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}

/** How many bytes a pointer has, and a `long`: 8, or 4 on the machines of before. */
export const WORD = koffi.sizeof('void *');

/** Where a buffer lies in memory, for structures that lead to others by pointers. The buffer must outlive their use. */
export function addressOf(buffer: Uint8Array): bigint {
  return koffi.address(buffer);
}

/** Memory that a descriptor and this process share. */
export interface SharedMemory {
  /** Never look into it once it is not shared any more: there is nothing, and the process would die of it. */
  readonly bytes: ArrayBuffer;
  unmap(): void;
}

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

/** mmap(2) of so many bytes of a descriptor, to read and to write. Throws SystemError. */
export function mapShared(fd: number, length: number): SharedMemory {
  const at = c.mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  // MAP_FAILED is the highest address there is.
  if (BigInt.asIntN(WORD * 8, at) === -1n) throw new SystemError('mmap', errnoName(errno()));
  return { bytes: koffi.view(at, length), unmap: () => void c.munmap(at, length) };
}

const CLOCK_REALTIME = 0;
const clock = WORD === 8 ? new BigInt64Array(2) : new Int32Array(2);
const clockBytes = new Uint8Array(clock.buffer);

/**
 * Milliseconds since 1970 with fractions, by the clock with which the kernel stamps packets (CLOCK_REALTIME). Right to less than a
 * microsecond, which `Date.now()` is not.
 */
export function realtime(): number {
  check(c.clockGettime(CLOCK_REALTIME, clockBytes), 'clock_gettime');
  return Number(clock[0]) * 1000 + Number(clock[1]) / 1e6;
}

/** An open descriptor watched by the event loop. Close it, or the process does not end. */
export interface Watch {
  close(): void;
}

// An unreferenced handle is collected by the garbage collector and falls silent; so all that are open stand here.
const watches = new Set<object>();

/**
 * Calls `drain` whenever `fd` is readable. `drain` must read until EAGAIN, or it is called again at once.
 * What it throws surfaces as an uncaught exception: koffi by itself would swallow it.
 */
export function watchReadable(fd: number, drain: () => void): Watch {
  return watch(fd, { readable: true }, drain);
}

/** Calls `ready` when `fd` can be written to: a connection stands, or has failed. Close it then, or it is called again at once. */
export function watchWritable(fd: number, ready: () => void): Watch {
  return watch(fd, { writable: true }, ready);
}

function watch(fd: number, events: { readable?: boolean; writable?: boolean }, heard: () => void): Watch {
  // koffi's type says cb(event); it calls cb(status, event). Neither is needed: whoever reads finds out by reading.
  const handle = koffi.node.poll(fd, events, () => {
    try {
      heard();
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  });
  watches.add(handle);
  return {
    close() {
      watches.delete(handle);
      handle.close();
    },
  };
}
