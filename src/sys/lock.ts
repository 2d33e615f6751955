import { closeSync, constants, fstatSync, openSync, statSync, writeFileSync } from 'node:fs';
import { constants as os } from 'node:os';

import { SystemError } from '../errors.ts';
import { errnoName, isErrno } from './errno.ts';
import { c, errno } from './libc.ts';

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
    const reason = errno();
    closeSync(fd);
    if (reason !== os.errno.EWOULDBLOCK) throw new SystemError('flock', errnoName(reason), path);
    return undefined;
  }
  // The former holder may have removed the file between our open and our lock: then this lock is of a file that nobody else sees.
  let still = false;
  try {
    still = isStill(path, fd);
  } finally {
    if (!still) closeSync(fd);
  }
  if (!still) return tryLock(path);
  held.add(fd);
  return {
    fd,
    release() {
      if (held.delete(fd)) closeSync(fd);
    },
  };
}

/**
 * Whether somebody has the lock of a file; nobody has that of none. For a moment the one who asks has it himself: who takes a lock that he
 * knows to be free asks again when it is not.
 */
export function isLocked(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
  try {
    if (c.flock(fd, LOCK_EX | LOCK_NB) === 0) return false;
    const reason = errno();
    if (reason !== os.errno.EWOULDBLOCK) throw new SystemError('flock', errnoName(reason), path);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** The locks that this process has. */
const held = new Set<number>();

/** Lets go of every lock: this process ends, and what it was at is not gone on with. */
export function releaseAll(): void {
  for (const fd of held) closeSync(fd);
  held.clear();
}

function isStill(path: string, fd: number): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  const held = fstatSync(fd);
  return now !== undefined && now.ino === held.ino && now.dev === held.dev;
}

/** Writes into a lock's file who has it, for whoever waits to read. The lock itself does not need it. */
export function signLock(file: string | number): void {
  try {
    writeFileSync(file, `${process.pid}\n`);
  } catch {
    // Whoever waits is told no number.
  }
}
