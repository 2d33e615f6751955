import { closeSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { InterruptedError } from '../errors.ts';
import { isErrno } from '../sys/errno.ts';
import { type Lock, tryLock } from '../sys/lock.ts';
import { labPaths } from './paths.ts';
import { handedLock } from './places.ts';

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once, when somebody else holds the lock: with their pid, if it can be told. */
  readonly onWait?: (holder: string) => void;
}

/** How often a held lock is looked at again. flock(2) has no way to wait that leaves the event loop running. */
const INTERVAL_MS = 20;

/** Takes a lab's lock, waiting for whoever has it. The state folder is made when there is none. */
export async function lockLab(lab: string, { signal, onWait }: LockOptions = {}): Promise<Lock> {
  const { dir, lock: path } = labPaths(lab);
  const handed = handedLock(lab);
  if (handed !== undefined) return { fd: handed, release: () => closeSync(handed) };
  for (let waited = false; ; waited = true) {
    const lock = tryLockIn(dir, path);
    if (lock !== undefined) {
      // The number serves the message of whoever waits; the lock itself needs none.
      writeFileSync(path, `${process.pid}\n`);
      return lock;
    }
    if (!waited) onWait?.(holder(path));
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    if (signal?.aborted === true) throw new InterruptedError();
  }
}

/** Undefined also when the folder was removed at just this moment, by whoever had the lock. */
function tryLockIn(dir: string, path: string): Lock | undefined {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o755 });
    return tryLock(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function holder(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
