import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { SystemError } from '../errors.ts';
import { packageRoot } from '../sys/package-root.ts';

/**
 * The path of the native program. `NETLAB_INIT` names another one; else it is the package's own, built for this machine's
 * architecture.
 * @throws SystemError ENOENT that says how to build it, when there is none.
 */
export function helperPath(): string {
  const override = process.env['NETLAB_INIT'];
  if (override !== undefined && override !== '') return override;
  const path = join(packageRoot(), 'native', 'bin', `linux-${process.arch}`, 'netlab-init');
  if (!existsSync(path))
    throw new SystemError('find the native program (build it: npm rebuild netlab)', 'ENOENT', path);
  return path;
}
