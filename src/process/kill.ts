import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';

import { SystemError } from '../errors.ts';
import { errnoName } from '../sys/errno.ts';
import { c, errno, type Watch, watchReadable } from '../sys/libc.ts';

// The same numbers on every architecture that Linux added them to.
const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;
const POLLIN = 1;
// How long the event loop may stand still while we wait.
const SLICE_MS = 20;

/**
 * Kills a keeper and returns when it is dead, and with it everything in its pid namespace. One that is gone already is fine.
 * It may stay a zombie until its guard has reaped it; its namespaces and processes are gone by then.
 * @throws SystemError EPERM; ETIMEDOUT when it has not died within `timeoutMs` (a process stuck in the kernel).
 */
export function killKeeper(pid: number, timeoutMs = 30_000): void {
  end(pid, [[constants.signals.SIGKILL, timeoutMs]]);
}

/**
 * Ends a keeper in order: it asks its processes (SIGTERM), gives them two seconds, and goes. One that has not gone within
 * `graceMs` is killed. Otherwise like {@link killKeeper}.
 */
export function terminateKeeper(pid: number, graceMs = 3_000): void {
  end(pid, [
    [constants.signals.SIGTERM, graceMs],
    [constants.signals.SIGKILL, 30_000],
  ]);
}

/** Like {@link terminateKeeper}, for as long as it may take: other things have their turn meanwhile. */
export async function terminateInOrder(pid: number, graceMs: number): Promise<void> {
  const fd = c.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0);
  if (fd >= 0) {
    try {
      c.syscall(SYS_PIDFD_SEND_SIGNAL, fd, constants.signals.SIGTERM, 0, 0);
      const end = Date.now() + graceMs;
      while (!readableWithin(fd, SLICE_MS) && Date.now() < end) await setImmediate();
    } finally {
      c.close(fd);
    }
  }
  killKeeper(pid);
}

/** Sends one signal after the other, each when the process has not ended within the time of the one before. */
function end(pid: number, signals: readonly (readonly [signal: number, timeoutMs: number])[]): void {
  const fd = c.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0);
  if (fd < 0) {
    if (errno() === constants.errno.ESRCH) return;
    throw new SystemError('pidfd_open', errnoName(errno()), String(pid));
  }
  try {
    for (const [signal, timeoutMs] of signals) {
      if (c.syscall(SYS_PIDFD_SEND_SIGNAL, fd, signal, 0, 0) < 0) {
        if (errno() === constants.errno.ESRCH) return;
        throw new SystemError('pidfd_send_signal', errnoName(errno()), String(pid));
      }
      if (readableWithin(fd, timeoutMs)) return;
    }
    throw new SystemError('wait for the end of', 'ETIMEDOUT', String(pid));
  } finally {
    c.close(fd);
  }
}

/** A pidfd becomes readable when its process has ended, reaped or not. */
function readableWithin(fd: number, timeoutMs: number): boolean {
  const end = Date.now() + timeoutMs;
  for (;;) {
    // struct pollfd: int fd, short events, short revents.
    const entry = new Uint8Array(new Int32Array([fd, POLLIN]).buffer);
    const ready = c.poll(entry, 1, Math.max(0, end - Date.now()));
    if (ready > 0) return true;
    if (ready === 0) return false;
    if (errno() !== constants.errno.EINTR) throw new SystemError('poll', errnoName(errno()));
  }
}

/** Calls `onEnd` once, when a process has ended: at once when it has already. Close it, or this process does not end. */
export function watchEnd(pid: number, onEnd: () => void): Watch {
  const fd = c.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0);
  if (fd < 0) {
    if (errno() !== constants.errno.ESRCH) throw new SystemError('pidfd_open', errnoName(errno()), String(pid));
    setImmediate().then(onEnd, onEnd);
    return { close: () => {} };
  }
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    watch.close();
    c.close(fd);
  };
  const watch = watchReadable(fd, () => {
    close();
    onEnd();
  });
  return { close };
}
