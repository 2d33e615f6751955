import { closeSync, readdirSync, type Stats, statSync } from 'node:fs';

import { LabError } from '../errors.ts';
import type { LabSummary } from '../model/report.ts';
import { labsWithGroups } from '../process/cgroup/places.ts';
import { keeperOf, keepers, keeperSocket } from '../state/keepers.ts';
import { labsWithNetns } from '../state/netns-links.ts';
import { labPaths, STATE_ROOT } from '../state/paths.ts';
import { handedLock } from '../state/places.ts';
import { type LabRecord, readRecord } from '../state/record.ts';
import { isErrno } from '../sys/errno.ts';
import { tryLock } from '../sys/lock.ts';
import { removeTree } from '../sys/remove-tree.ts';

/** Whether anything of a lab is left: its keeper, its state folder, names in /run/netns, or control groups. */
export function exists(lab: string): boolean {
  return (
    keeperOf(lab) !== undefined || labsWithState().has(lab) || labsWithNetns().has(lab) || labsWithGroups().has(lab)
  );
}

/** The labs that have a state folder, running or not; one that has lost it is found by its keeper. */
export function labsWithState(): Set<string> {
  try {
    return new Set(
      readdirSync(STATE_ROOT, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .map(({ name }) => name),
    );
  } catch {
    return new Set();
  }
}

/**
 * True for a folder with a lock alone, or what tells of a way out: a lab that somebody is about to make, or was when he was ended.
 * Nobody at work on it: it goes.
 */
export function isBare(lab: string): boolean {
  const { dir, lock: path } = labPaths(lab);
  try {
    if (!readdirSync(dir).every((name) => name === 'lock' || name.startsWith('uplink.'))) return false;
    const lock = tryLock(path);
    if (lock !== undefined) removeTree(dir, 'lock');
    lock?.release();
  } catch {
    // It went while we looked, or is another user's to look into.
  }
  return true;
}

/** Whether the state folder of a lab holds nothing but the lock, which the caller has. */
export function holdsLockAlone(lab: string): boolean {
  try {
    return readdirSync(labPaths(lab).dir).every((name) => name === 'lock');
  } catch {
    return false;
  }
}

/** Lets go of a lock that was taken before this process entered the user namespace, and of the folder, if nothing else is in it. */
export function abandon(lab: string): void {
  const fd = handedLock(lab);
  if (fd !== undefined) closeSync(fd);
  if (fd !== undefined) isBare(lab);
}

/** All labs of this user, by name. Like `docker compose ls`. */
export function listLabs(): LabSummary[] {
  const running = keepers();
  return [...new Set([...labsWithState(), ...running.keys()])].toSorted().flatMap((lab) => {
    const keeper = running.get(lab);
    try {
      return keeper === undefined && isBare(lab) ? [] : [summarize(lab, keeper)];
    } catch (error) {
      // Taken down since its name was read.
      if (isErrno(error, 'ENOENT')) return [];
      throw error;
    }
  });
}

/** One lab in a line. */
export function summarize(lab: string, keeper = keeperOf(lab)): LabSummary {
  const record = readable(lab, keeper);
  const members = Object.values(record?.nodes ?? {});
  return {
    lab,
    state: keeper === undefined ? 'dead' : 'running',
    keeper: keeper ?? null,
    file: record?.file ?? '',
    nodes: members.filter(({ role }) => role === 'node').length,
    bridges: members.filter(({ role }) => role === 'bridge').length,
    since: record?.since ?? made(lab, keeper),
  };
}

/** What {@link summarize} says of a lab that somebody names. Throws LabError when there is none. */
export function summaryOf(lab: string, keeper = keeperOf(lab)): LabSummary {
  if (!exists(lab)) throw new LabError(`there is no lab ${lab}`);
  return summarize(lab, keeper);
}

/** A lab's record; undefined when another version wrote it. */
export function readable(lab: string, keeper: number | undefined): LabRecord | undefined {
  try {
    return readRecord(lab, keeper);
  } catch {
    // Another version's: the lab is listed all the same, for `down` to be pointed at.
    return undefined;
  }
}

/** When nothing tells: the time of its keeper's socket, or of its folder. */
function made(lab: string, keeper: number | undefined): string {
  const socket = keeper === undefined ? undefined : socketOf(lab, keeper);
  return (socket ?? statSync(labPaths(lab).dir)).ctime.toISOString();
}

/** Of a keeper that is just ending nothing is to be seen any more, for nobody: EACCES. */
function socketOf(lab: string, keeper: number): Stats | undefined {
  try {
    return statSync(keeperSocket(lab, keeper), { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, 'EACCES')) return undefined;
    throw error;
  }
}
