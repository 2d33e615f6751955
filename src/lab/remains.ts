/** What a lab that does not run has left. */
import { rmdirSync } from 'node:fs';
import { basename } from 'node:path';

import { removeLabGroups } from '../process/cgroup/removal.ts';
import { removeReclaimed } from '../process/reclaim.ts';
import { removeHostLock } from '../state/host.ts';
import { findKeepers } from '../state/keepers.ts';
import { unlinkAllNetns } from '../state/netns-links.ts';
import { labPaths, STATE_ROOT } from '../state/paths.ts';
import { removeTree } from '../sys/remove-tree.ts';

/** Removes the files of a lab that does not run: its names in /run/netns, its state folder, and its control groups. */
export function removeFiles(lab: string): void {
  removeHandles(lab);
  const { dir, lock } = labPaths(lab);
  removeReclaimed(dir, () => removeTree(dir, basename(lock)));
  removeHostLock();
  // A lab that has lost its own folder has files of its nodes mounted over this one: they would go with it.
  if (findKeepers().length > 0) return;
  try {
    rmdirSync(STATE_ROOT);
  } catch {
    // Other labs have their state there.
  }
}

/** Removes what of a lab that does not run stands outside of its state folder: its names in /run/netns, and its control groups. */
export function removeHandles(lab: string): void {
  removeLabGroups(lab);
  unlinkAllNetns(lab);
}
