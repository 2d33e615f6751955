import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { tempFolder } from './files.ts';
import { run } from './run.ts';

/** From which id of the machine's on the users of a bundle in a user namespace are. */
export const BUNDLE_SHIFT = 100_000;

/** A folder for `runc run`: runc's own configuration, with another program, in this root, and perhaps in a user namespace. */
export function runcBundle(root: string, args: readonly string[], inUserNamespace: boolean): string {
  const folder = mkdtempSync(join(tempFolder(), 'bundle-'));
  run('runc', ['spec', '--bundle', folder]);
  const path = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as {
    process: { terminal: boolean; args: readonly string[] };
    root: { path: string };
    hostname: string;
    linux: { namespaces: { type: string }[]; uidMappings?: object[]; gidMappings?: object[] };
  };
  config.process.terminal = false;
  config.process.args = args;
  config.root.path = root;
  config.hostname = 'box';
  if (inUserNamespace) {
    config.linux.namespaces.push({ type: 'user' });
    config.linux.uidMappings = [{ containerID: 0, hostID: BUNDLE_SHIFT, size: 65_536 }];
    config.linux.gidMappings = [{ containerID: 0, hostID: BUNDLE_SHIFT, size: 65_536 }];
  }
  writeFileSync(path, JSON.stringify(config));
  return folder;
}
