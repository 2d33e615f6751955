/** What a lab that does not run has left. */
import { rmdirSync } from 'node:fs';
import { basename } from 'node:path';

import { removeHostLock } from '../state/host.ts';
import { unlinkAllNetns } from '../state/netns-links.ts';
import { labPaths, STATE_ROOT } from '../state/paths.ts';
import { removeTree } from '../sys/remove-tree.ts';

/** Removes the files of a lab that does not run: its names in /run/netns and its state folder. */
export function removeFiles(lab: string): void {
  unlinkAllNetns(lab);
  const { dir, lock } = labPaths(lab);
  removeTree(dir, basename(lock));
  removeHostLock();
  try {
    rmdirSync(STATE_ROOT);
  } catch {
    // Other labs have their state there.
  }
}
