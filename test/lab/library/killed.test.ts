/** A program that is killed with its lab. On a host of its own: any other program that brings a lab up would take this one down. */
import assert from 'node:assert/strict';

import {
  assertHostUnchanged,
  hostSnapshot,
  netlab,
  netnsOf,
  onFreshHost,
  probe,
  requireRoot,
  uniqueLabName,
} from '../../support/index.ts';
import { end, IDLE, isUp, start } from './program.ts';

onFreshHost(import.meta.url, () => {
  describe('a program with a lab', function () {
    this.timeout(60_000);
    before(function () {
      requireRoot(this);
      probe(this, 'pid namespaces');
    });

    it('that was killed leaves a lab that doctor knows of, and that the next program takes down', async () => {
      const [name, host] = [uniqueLabName('killed'), hostSnapshot()];
      const killed = start(name, IDLE);
      await isUp(killed);
      killed.kill('SIGKILL');
      await end(killed);
      assert.deepEqual(netnsOf(name), ['a']);
      const { stdout } = await netlab(['doctor']);
      assert.match(stdout, new RegExp(`${name} runs, the lab of a program \\(pid ${killed.pid}\\) that has ended`));
      const next = start(`${name}-2`, 'process.exit(0)');
      await isUp(next);
      assert.equal(await end(next), 0);
      assert.deepEqual([netnsOf(name), netnsOf(`${name}-2`)], [[], []]);
      assertHostUnchanged(host, hostSnapshot(), { labs: [name, `${name}-2`] });
    });
  });
});
