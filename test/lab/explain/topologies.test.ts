/** `plan --explain` of every file in topologies/, run by sh, gives what `up` gives. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

import { netlab, provideRoots, requireRoot, Scene, skip, TOPOLOGIES } from '../../support/index.ts';
import { everything } from './everything.ts';
import { runApart } from './run-apart.ts';

describe('plan --explain of every topology', function () {
  this.timeout(120_000);
  before(function () {
    requireRoot(this);
  });

  // Those that change the host are for a host of their own: host.test.ts.
  const changesHost = (file: string): boolean =>
    /^\s*host:|host:[a-z]|internet: true/m.test(
      readFileSync(`${TOPOLOGIES}${file}`, 'utf8').replaceAll(/^\s*#.*$/gm, ''),
    );

  const names = (): string[][] => ['/', '/etc', '/mnt', '/opt', '/srv', '/var'].map((folder) => readdirSync(folder));

  for (const file of readdirSync(TOPOLOGIES).filter((name) => /\.ya?ml$/.test(name) && !changesHost(name))) {
    it(`${file}: the script gives the lab that up gives`, async function () {
      provideRoots(this, readFileSync(`${TOPOLOGIES}${file}`, 'utf8'));
      await using scene = new Scene(readFileSync(`${TOPOLOGIES}${file}`, 'utf8'), `x-${file.replace(/\..*$/, '')}`);
      const { code, stdout: script, stderr } = await netlab(['plan', '--explain', scene.file]);
      assert.equal(code, 0, stderr);
      const result = await scene.tryUp();
      if (/this kernel|kernel has no/.test(result.stderr)) skip(this, result.stderr.trim());
      assert.equal(result.code, 0, result.stderr);
      const before = names();
      const { made } = runApart(script, scene.name);
      assert.deepEqual(names(), before, 'the script has made files on the machine');
      assert.deepEqual(made, everything(scene.name));
    });
  }
});
