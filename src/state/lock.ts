import { closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { InterruptedError } from '../errors.ts';
import { isErrno } from '../sys/errno.ts';
import { type Lock, signLock, tryLock } from '../sys/lock.ts';
import { keeperOf, privateFolder } from './keepers.ts';
import { labPaths } from './paths.ts';
import { handedLock } from './places.ts';
import { readText } from '../sys/read-text.ts';

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once, when somebody else holds the lock: with their pid, if it can be told. */
  readonly onWait?: (holder: string) => void;
}

/** How often a held lock is looked at again. flock(2) has no way to wait that leaves the event loop running. */
const INTERVAL_MS = 20;

/** A lab's lock. */
export interface LabLock extends Lock {
  /** The lab has a keeper now: its lock is taken too. */
  keptBy(keeper: number): void;
}

/**
 * Takes a lab's lock, waiting for whoever has it. The state folder is made when there is none. Somebody may have removed the folder
 * under the hands of whoever is at work: so there is a second lock, in the folder of the keeper.
 */
export async function lockLab(lab: string, options: LockOptions = {}): Promise<LabLock> {
  const { dir, lock: path } = labPaths(lab);
  const handed = handedLock(lab);
  const first: Lock =
    handed === undefined
      ? await waitFor(() => tryLockIn(dir, path), path, options)
      : { fd: handed, release: () => closeSync(handed) };
  const second = (): string | undefined => {
    const keeper = keeperOf(lab);
    return keeper === undefined ? undefined : keeperLock(keeper);
  };
  let inner: Lock | undefined;
  try {
    const at = second();
    if (at !== undefined) inner = (await waitFor(() => tryOrPass(second()), at, options)) ?? undefined;
  } catch (error) {
    first.release();
    throw error;
  }
  return {
    fd: first.fd,
    release: () => {
      inner?.release();
      first.release();
    },
    keptBy: (keeper) => {
      inner ??= tryOrPass(keeperLock(keeper)) ?? undefined;
    },
  };
}

/** Takes a lock as soon as nobody has it. `path` names who does. */
async function waitFor<T extends Lock | null>(
  take: () => T | undefined,
  path: string,
  { signal, onWait }: LockOptions,
): Promise<T> {
  for (let waited = false; ; waited = true) {
    const lock = take();
    if (lock != null) signLock(lock.fd);
    if (lock !== undefined) return lock;
    if (!waited) onWait?.(readText(path)?.trim() ?? '');
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    if (signal?.aborted === true) throw new InterruptedError();
  }
}

function keeperLock(keeper: number): string {
  return join(privateFolder(keeper), 'lock');
}

/** Null where there is no keeper (any more), and so no such lock. */
function tryOrPass(path: string | undefined): Lock | null | undefined {
  if (path === undefined) return null;
  try {
    return tryLock(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
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
