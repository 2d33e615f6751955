import { closeSync, readdirSync, statSync } from 'node:fs';

import type { LabSummary } from '../model/report.ts';
import { Keeper } from '../process/keeper.ts';
import { labPaths, STATE_ROOT } from '../state/paths.ts';
import { handedLock } from '../state/places.ts';
import { type LabRecord, readRecord } from '../state/record.ts';
import { isErrno } from '../sys/errno.ts';
import { tryLock } from '../sys/lock.ts';
import { removeTree } from '../sys/remove-tree.ts';

/** The labs that have a state folder, running or not. */
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

/** Lets go of a lock that was taken before this process entered the user namespace, and of the folder, if nothing else is in it. */
export function abandon(lab: string): void {
  const fd = handedLock(lab);
  if (fd !== undefined) closeSync(fd);
  if (fd !== undefined) isBare(lab);
}

/** All labs of this user, by name. Like `docker compose ls`. */
export function listLabs(): LabSummary[] {
  return [...labsWithState()].toSorted().flatMap((lab) => {
    try {
      return isBare(lab) ? [] : [summarize(lab)];
    } catch (error) {
      // Taken down since its name was read.
      if (isErrno(error, 'ENOENT')) return [];
      throw error;
    }
  });
}

/** One lab in a line. */
export function summarize(lab: string): LabSummary {
  const keeper = Keeper.connect(labPaths(lab).ctl);
  const pid = keeper?.pid ?? null;
  keeper?.close();
  const record = readable(lab);
  const members = Object.values(record?.nodes ?? {});
  return {
    lab,
    state: pid === null ? 'dead' : 'running',
    keeper: pid,
    file: record?.file ?? '',
    nodes: members.filter(({ role }) => role === 'node').length,
    bridges: members.filter(({ role }) => role === 'bridge').length,
    since: record?.since ?? made(lab),
  };
}

/** A lab's record; undefined when another version wrote it. */
export function readable(lab: string): LabRecord | undefined {
  try {
    return readRecord(lab);
  } catch {
    // Another version's: the lab is listed all the same, for `down` to be pointed at.
    return undefined;
  }
}

function made(lab: string): string {
  return statSync(labPaths(lab).dir).ctime.toISOString();
}
