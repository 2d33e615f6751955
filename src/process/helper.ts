import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { SystemError } from '../errors.ts';

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

/** The folder of package.json: two above src/process in the sources, three in dist. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
