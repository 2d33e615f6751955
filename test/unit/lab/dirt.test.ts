import assert from 'node:assert/strict';

import { Dirt } from '../../../src/lab/watch/dirt.ts';
import { until } from '../../support/index.ts';

describe('what may have changed', () => {
  it('is looked at soon after a look that had to wait, for it was no work', async () => {
    let rang = false;
    const dirt = new Dirt(() => (rang = true));
    const before = process.cpuUsage();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
    dirt.rest(before);
    dirt.add({ network: new Set(['a']) });
    assert.equal(dirt.take(), undefined, 'what comes together is looked at together');
    // Had the time counted, the rest were of nearly ten seconds.
    await until(() => rang, { timeout: 9_000 });
    assert.deepEqual(dirt.take()?.network, new Set(['a']));
    assert.equal(dirt.take(), undefined);
  });

  it('is looked at late after a look that was much work', async () => {
    let rang = 0;
    const dirt = new Dirt(() => (rang = performance.now()));
    const before = process.cpuUsage();
    // Four times as long, less what was saved. The kernel tells all of the time, but not how it divides into the two.
    for (let spent = 0; spent < 200_000;) {
      const { user, system } = process.cpuUsage(before);
      spent = user + system;
    }
    dirt.rest(before);
    const began = performance.now();
    dirt.add({ files: true });
    await until(() => rang > 0);
    assert.ok(rang - began > 500, `${rang - began} ms`);
    assert.equal(dirt.take()?.files, true);
  });
});
