/**
 * Kernel settings through a procfs of our own. In the shared /proc the dentries of one setting in all namespaces hang in one hash
 * chain: with a thousand namespaces a write costs 300 µs instead of 15. A fresh instance starts with none.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { isErrno, systemError } from './errno.ts';
import { c } from './libc.ts';

/** How many namespaces use one instance before the next is made (an instance costs 0.1 ms). */
const SHARE = 32;
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;

let root: string | undefined;
let descriptor = -1;
let uses = 0;

/** The folder that stands for /proc: call once for each namespace that is entered. */
function proc(): string {
  if (root !== undefined && uses++ < SHARE) return root;
  uses = 0;
  if (descriptor >= 0) c.close(descriptor);
  descriptor = mountProcfs();
  root = descriptor < 0 ? '/proc' : `/proc/self/fd/${descriptor}`;
  return root;
}

/** Like `mount -t proc`, but nowhere. -1 where the kernel (before 5.2) or the caller's rights do not allow it. */
function mountProcfs(): number {
  if (c.fsopen === undefined || c.fsconfig === undefined || c.fsmount === undefined) return -1;
  const context = c.fsopen('proc', FSOPEN_CLOEXEC);
  if (context < 0) return -1;
  const created = c.fsconfig(context, FSCONFIG_CMD_CREATE, null, null, 0);
  const mount = created < 0 ? -1 : c.fsmount(context, FSMOUNT_CLOEXEC, 0);
  c.close(context);
  return mount;
}

/** A setting of the namespace that the thread is in; undefined when there is none of that name. `path` is below /proc/sys. */
export function readSysctl(path: string): string | undefined {
  try {
    return readFileSync(`${proc()}/sys/${path}`, 'utf8').trimEnd().replace(/\t/g, ' ');
  } catch (error) {
    // EACCES, EPERM: write-only settings (net.ipv4.route.flush).
    if (isErrno(error, 'ENOENT') || isErrno(error, 'EACCES') || isErrno(error, 'EPERM')) return undefined;
    throw systemError(error, 'sysctl', path.replaceAll('/', '.'));
  }
}

/** The folders in a folder of settings, of the namespace that the thread is in: one for each device, below `net/ipv4/conf`. */
export function sysctlFolders(path: string): string[] {
  try {
    return readdirSync(`${proc()}/sys/${path}`);
  } catch {
    return [];
  }
}

/** Writes a setting of the namespace that the thread is in. Like `sysctl -w`. */
export function writeSysctl(path: string, value: string): void {
  try {
    writeFileSync(`${proc()}/sys/${path}`, value);
  } catch (error) {
    throw systemError(error, 'sysctl', path.replaceAll('/', '.'));
  }
}
