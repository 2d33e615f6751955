import { closeSync, existsSync, openSync } from 'node:fs';
import { constants } from 'node:os';

import { c, errno } from './libc.ts';

// The same number on every architecture. linux/openat2.h: an open that takes `root` for `/` in every link on the way.
const SYS_OPENAT2 = 437;
const O_PATH = 0o10000000n;
const O_CLOEXEC = 0o2000000n;
const RESOLVE_IN_ROOT = 0x10n;

/** Whether a path exists for those whose root folder is `root` (`/proc/PID/root`): symlinks lead where they lead for them. */
export function existsInRoot(root: string, path: string): boolean {
  let folder: number;
  try {
    folder = openSync(root, 'r');
  } catch {
    return false;
  }
  try {
    const how = new Uint8Array(new BigUint64Array([O_PATH | O_CLOEXEC, 0n, RESOLVE_IN_ROOT]).buffer);
    const fd = c.syscallOpenat2(SYS_OPENAT2, folder, path, how, how.length);
    if (fd >= 0) c.close(fd);
    // Before Linux 5.6 there is no such call, and an absolute symlink is followed from our own root.
    return fd >= 0 || (errno() === constants.errno.ENOSYS && existsSync(`${root}${path}`));
  } finally {
    closeSync(folder);
  }
}
