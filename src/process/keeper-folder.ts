/** The tmpfs that a keeper has over the state folder, among its own mounts: what its nodes have of files and layers lies in there. */
import { statSync } from 'node:fs';

import { LabError } from '../errors.ts';

/** Whether it is there. Who removes the folder on the machine takes it away, and so can a node without a mount namespace of its own. */
export function isMounted(keeper: number, folder: string): boolean {
  const there = statSync(`/proc/${keeper}/root${folder}`, { throwIfNoEntry: false });
  const here = statSync(folder, { throwIfNoEntry: false });
  return there !== undefined && there.dev !== here?.dev;
}

/**
 * A path in it, as it is seen from here; whoever writes asks for it by this.
 * @throws LabError when it is not there: the path would lead into the machine's own folder.
 */
export function inKeeperFolder(keeper: number, folder: string, path: string): string {
  if (!isMounted(keeper, folder))
    throw new LabError(
      `the files of the nodes have been unmounted (${folder}, among the mounts of the keeper, pid ${keeper}): take the lab down and up again`,
    );
  return `/proc/${keeper}/root${path}`;
}
