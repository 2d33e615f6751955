/** Which lab a verb means: one that is named, read from standard input, or the only one that runs. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';

import { netlab, netnsOf, onFreshHost, probe, requireRoot, run, Scene, tempFolder } from '../../support/index.ts';

const LAB = `
nodes: { a: {}, b: {} }
links: [{ endpoints: ["a:eth0", "b:eth0"], subnet: 10.0.0.0/24 }]
checks: [{ name: there, ping: { from: a, to: b } }]
`;

// "The only lab that runs" is a fact of the whole machine.
onFreshHost(import.meta.url, () => {
  describe('which lab is meant', function () {
    this.timeout(60_000);
    before(function () {
      requireRoot(this);
      probe(this, 'veth');
    });

    it('is the only one that runs, where nothing is said: of every verb that takes a lab', async () => {
      await using scene = new Scene(LAB);
      await scene.up();
      const cwd = mkdtempSync(join(tempFolder(), 'empty-'));
      for (const words of [
        ['status'],
        ['graph'],
        ['test'],
        ['ping', '-c1', 'a', 'b'],
        ['pingall'],
        ['why', 'a', 'b'],
      ]) {
        const { code, stderr } = await netlab(words, { cwd });
        assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
      }
      assert.match((await netlab(['test'], { cwd })).stdout, /^ok 1 - there/m);
      assert.equal(netnsOf(scene.name).length, 2);
      // Another lab: now nobody knows.
      await using other = new Scene(LAB);
      await other.up();
      const { code, stderr } = await netlab(['test'], { cwd });
      assert.equal(code, 1);
      assert.match(stderr, /which lab\? These run: .*; say -l NAME/);
    });

    it('is one that is named as a folder is, too', async () => {
      await using scene = new Scene(LAB);
      await scene.up();
      const cwd = mkdtempSync(join(tempFolder(), 'same-'));
      mkdirSync(join(cwd, scene.name));
      for (const verb of ['status', 'graph', 'down']) {
        const { code, stderr } = await netlab([verb, scene.name], { cwd });
        assert.equal(code, 0, `${verb}: ${stderr}`);
      }
    });

    it('is the one that standard input describes', async () => {
      await using scene = new Scene(LAB);
      const input = scene.text;
      assert.equal((await netlab(['up', '-'], { input })).code, 0);
      assert.equal((await netlab(['status', '-'], { input })).code, 0);
      const { code, stdout, stderr } = await netlab(['down', '-'], { input });
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`^${scene.name} is down`));
      assert.equal(run('ip', ['netns', 'list']).includes(scene.name), false);
    });
  });
});
