/** The end of control groups. */
import { rmdirSync } from 'node:fs';

import { stateIdentity } from '../../state/identity.ts';
import { labsAnywhere } from '../../state/keepers.ts';
import { isErrno } from '../../sys/errno.ts';
import { hierarchies } from './hierarchies.ts';
import { allGroups, groupsIn, labGroup, nodeGroup, partGroup } from './places.ts';
import { namespaceOf, pidsIn } from './tasks.ts';

/** PROC_PID_INIT_INO of linux/proc_ns.h: that of the machine itself. */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';
/** So long a group may go on being busy whose last process is just ending. */
const PATIENCE_MS = 2_000;
const PAUSE_MS = 5;

/** Removes the groups of a lab in which nothing runs any more. Returns those that are still there, for somebody is in them. */
export function removeLabGroups(lab: string): string[] {
  return hierarchies().flatMap((hierarchy) => removeTree(labGroup(hierarchy, lab)));
}

/** The same for one node. */
export function removeNodeGroups(lab: string, node: string): void {
  for (const hierarchy of hierarchies()) removeTree(nodeGroup(hierarchy, lab, node));
}

/** The same for a process; what it has left behind keeps the group, until its node goes. */
export function removeProcessGroups(lab: string, node: string, process: string): void {
  for (const hierarchy of hierarchies()) {
    const folder = partGroup(hierarchy, lab, node, process);
    if (pidsIn(folder).length === 0) removeTree(folder);
  }
}

/**
 * Groups of labs that have their state elsewhere, or were made by an earlier version, and that nobody is in: their containers have gone,
 * with all that could have removed them. None where not all processes of the machine can be seen, and none of a lab that runs.
 */
export function strayGroups(): string[] {
  if (namespaceOf('self') !== FIRST_PID_NAMESPACE) return [];
  const strays = allGroups().filter(({ whose, folder }) => whose !== stateIdentity() && isEmpty(folder));
  const running = strays.length === 0 ? new Set() : labsAnywhere();
  return strays.flatMap(({ lab, folder }) => (running.has(lab) ? [] : [folder]));
}

/** Removes them. */
export function removeStrays(folders: readonly string[]): void {
  for (const folder of folders) removeTree(folder);
}

function isEmpty(folder: string): boolean {
  return pidsIn(folder).length === 0 && groupsIn(folder).every((name) => isEmpty(`${folder}/${name}`));
}

/** Like `find DIR -depth -type d -exec rmdir {} +`. */
function removeTree(folder: string): string[] {
  const left = groupsIn(folder).flatMap((name) => removeTree(`${folder}/${name}`));
  if (left.length > 0) return left;
  for (const until = Date.now() + PATIENCE_MS; ;) {
    try {
      rmdirSync(folder);
      return [];
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return [];
      if (!isErrno(error, 'EBUSY') || pidsIn(folder).length > 0 || Date.now() >= until) return [folder];
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
