import { closeSync, constants as fs, existsSync, openSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';

import { SystemError } from '../errors.ts';
import { errnoName } from './errno.ts';
import { c, errno } from './libc.ts';

// The same number on every architecture. linux/openat2.h: an open that takes `root` for `/` in every link on the way.
const SYS_OPENAT2 = 437;
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
/** So often in a row the kernel may be unsure. */
const RACES = 1_000;
const RESOLVE_NO_XDEV = 0x01n;
const RESOLVE_IN_ROOT = 0x10n;

/** Whether a path exists for those whose root folder is `root` (`/proc/PID/root`): symlinks lead where they lead for them. */
export function existsInRoot(root: string, path: string): boolean {
  // Before Linux 5.6 there is no such call, and an absolute symlink is followed from our own root.
  const leads = useInRoot(
    root,
    path,
    () => true,
    () => existsSync(`${root}${path}`),
  );
  return leads === true;
}

/** The path without symlinks, as its mount namespace has it; undefined when it leads nowhere. */
export function resolveInRoot(root: string, path: string): string | undefined {
  return useInRoot(root, path, (fd) => readlinkSync(`/proc/self/fd/${fd}`));
}

function useInRoot<T>(root: string, path: string, use: (fd: number) => T, otherwise?: () => T): T | undefined {
  let folder: number;
  try {
    folder = openSync(root, 'r');
  } catch {
    return undefined;
  }
  try {
    const fd = openat2(folder, Buffer.from(path), O_PATH, RESOLVE_IN_ROOT);
    if (fd < 0) return errno() === constants.errno.ENOSYS ? otherwise?.() : undefined;
    try {
      return use(fd);
    } finally {
      c.close(fd);
    }
  } finally {
    closeSync(folder);
  }
}

/**
 * Opens a folder below `root`, of which a descriptor is given, as a place to name things in: neither `..` nor any symlink on the way
 * leads out of it or into another mount. The errno's name when there is no such folder.
 * @throws SystemError when the kernel has no openat2 (Linux 5.6), or no more descriptors.
 */
export function openFolderInRoot(root: number, path: Uint8Array): number | 'ENOENT' | 'ENOTDIR' | 'ELOOP' | 'EXDEV' {
  const fd = openat2(root, path, O_PATH | fs.O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_XDEV);
  if (fd >= 0) return fd;
  const name = errnoName(errno());
  if (name === 'ENOENT' || name === 'ENOTDIR' || name === 'ELOOP' || name === 'EXDEV') return name;
  throw new SystemError('openat2', name, Buffer.from(path).toString());
}

function openat2(root: number, path: Uint8Array, flags: number, resolve: bigint): number {
  const how = new Uint8Array(new BigUint64Array([BigInt(flags | O_CLOEXEC), 0n, resolve]).buffer);
  const name = Buffer.concat([path, Buffer.of(0)]);
  for (let tries = 1; ; tries++) {
    const fd = c.syscallOpenat2(SYS_OPENAT2, root, name, how, how.length);
    // EAGAIN: somebody on this machine has mounted or renamed something meanwhile, and the kernel is not sure of a `..`.
    if (fd >= 0 || tries === RACES || errno() !== constants.errno.EAGAIN) return fd;
  }
}
