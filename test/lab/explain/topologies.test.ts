/** `plan --explain` of every file in topologies/, run by sh, gives what `up` gives. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { netlab, requireRoot, Scene, skip, tempFile, TOPOLOGIES } from '../../support/index.ts';
import { everything } from './everything.ts';

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

describe('plan --explain of every topology', function () {
  this.timeout(120_000);
  before(function () {
    requireRoot(this);
  });

  for (const file of readdirSync(TOPOLOGIES).filter((name) => /\.ya?ml$/.test(name))) {
    it(`${file}: the script gives the lab that up gives`, async function () {
      await using scene = new Scene(readFileSync(`${TOPOLOGIES}${file}`, 'utf8'), `x-${file.replace(/\..*$/, '')}`);
      const { code, stdout: script, stderr } = await netlab(['plan', '--explain', scene.file]);
      assert.equal(code, 0, stderr);
      const result = await scene.tryUp();
      if (/this kernel|kernel has no/.test(result.stderr)) skip(this, result.stderr.trim());
      assert.equal(result.code, 0, result.stderr);
      const { made } = runApart(script, scene.name);
      assert.deepEqual(made, everything(scene.name));
    });
  }
});
