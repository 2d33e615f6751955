import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';

import { c, errno, check } from './libc.ts';
import { constants as os } from 'node:os';

const LOCK_EX = 2;
const LOCK_NB = 4;

/** An exclusive lock on a file, held until `release`; the kernel releases it when the holder dies, however it dies. */
export interface Lock {
  /** The descriptor that holds it: a child that inherits it keeps the lock too. */
  readonly fd: number;
  release(): void;
}

/** Takes the lock of `path` if nobody has it; the file is made when it does not exist. Like `flock --nonblock PATH`. */
export function tryLock(path: string): Lock | undefined {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  if (c.flock(fd, LOCK_EX | LOCK_NB) < 0) {
    const busy = errno() === os.errno.EWOULDBLOCK;
    if (!busy) check(-1, 'flock', path);
    closeSync(fd);
    return undefined;
  }
  // The former holder may have removed the file between our open and our lock: then this lock is of a file that nobody else sees.
  if (!isStill(path, fd)) {
    closeSync(fd);
    return tryLock(path);
  }
  return { fd, release: () => closeSync(fd) };
}

function isStill(path: string, fd: number): boolean {
  try {
    const now = statSync(path);
    const held = fstatSync(fd);
    return now.ino === held.ino && now.dev === held.dev;
  } catch {
    return false;
  }
}
