import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { SystemError } from '../errors.ts';

/**
 * Removes a folder and all in it, unless something is mounted in it: a recursive removal goes on into what is mounted, be it the
 * host's /dev. A folder that is not there is fine. Like `rm -r DIR`, after a look at `findmnt`. `last` is an entry that goes when
 * all others are gone: a lock, after which the folder may be somebody else's and stays if it is not empty.
 * @throws SystemError EBUSY when something is mounted in it; nothing has been removed then.
 */
export function removeTree(dir: string, last?: string): void {
  if (!existsSync(dir)) return;
  const mounted = mountPoints().find((point) => point === dir || point.startsWith(`${dir}/`));
  if (mounted !== undefined) throw new SystemError('remove', 'EBUSY', `${dir}: something is mounted at ${mounted}`);
  if (last === undefined) return rmSync(dir, { recursive: true, force: true });
  const others = readdirSync(dir).filter((name) => name !== last);
  for (const name of [...others, last]) rmSync(join(dir, name), { recursive: true, force: true });
  try {
    rmdirSync(dir);
  } catch {
    // Somebody has waited for the lock, and made it anew.
  }
}

/** The fifth field of /proc/self/mountinfo, in which blanks and backslashes are written in octal. */
function mountPoints(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8))),
    );
}
