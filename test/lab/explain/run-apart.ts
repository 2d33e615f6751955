import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { tempFile } from '../../support/index.ts';

const PROGRAM = fileURLToPath(new URL('./everything.js', import.meta.url));

/** Runs a script by sh where it can touch nothing of the host: a network and a /run of its own. What it made, and its complaints. */
export function runApart(script: string, lab: string): { made: unknown; stderr: string } {
  const file = tempFile(script, `${lab}.sh`);
  const inner = 'mount -t tmpfs tmpfs /run && sh "$1" >&2 && exec "$2" "$3" "$4"';
  const args = ['-n', '-m', 'sh', '-c', inner, 'sh', file, process.execPath, PROGRAM, lab];
  const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', maxBuffer: 256 << 20 });
  assert.equal(status, 0, `the script failed\n${stderr}\n${script}`);
  return { made: JSON.parse(stdout), stderr };
}
