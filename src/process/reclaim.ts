/** Files that belong to others of a user's ids: made in his labs, and to be removed when no lab is there any more. */
import { spawnSync } from 'node:child_process';

import { SystemError } from '../errors.ts';
import { INSIDE, ROOTLESS } from '../state/places.ts';
import { isErrno } from '../sys/errno.ts';
import { enterArguments } from './enter.ts';
import { lookForIds } from './id-ranges.ts';

/**
 * Removes a folder of this user's, by `remove`. What in it is not his is given back to him first if that is what stands in the way: like
 * `podman unshare chown -hR 0:0 DIR`.
 */
export function removeReclaimed(folder: string, remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!ROOTLESS || INSIDE || !isInTheWay(error)) throw error;
    const ids = lookForIds();
    if (!('maps' in ids)) throw error;
    const [path = '', ...rest] = enterArguments({ ids }, ['chown', '-hR', '0:0', folder]);
    spawnSync(path, rest, { stdio: 'ignore' });
    remove();
  }
}

function isInTheWay(error: unknown): boolean {
  return ['EACCES', 'EPERM'].some(
    (name) => isErrno(error, name) || (error instanceof SystemError && error.errno === name),
  );
}
