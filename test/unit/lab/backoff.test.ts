import assert from 'node:assert/strict';

import { Backoff } from '../../../src/lab/watch/backoff.ts';

describe('how often the same thing is repaired', () => {
  it('several times at once, then ever more seldom, and at last not at all', () => {
    const backoff = new Backoff();
    const waits: number[] = [];
    for (let now = 0; Number.isFinite(now);) {
      assert.ok(!backoff.isHeld('a', now));
      const { waitMs } = backoff.note('a', now);
      waits.push(waitMs / 1000);
      assert.equal(backoff.next(now), waitMs === 0 || waitMs === Infinity ? undefined : now + waitMs);
      assert.equal(backoff.isHeld('a', now + Math.min(waitMs / 2, 1_000)), waitMs > 0);
      now += waitMs + 1;
    }
    assert.deepEqual(waits, [0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, Infinity]);
    assert.ok(backoff.isHeld('a', Number.MAX_VALUE));
    assert.ok(!backoff.isHeld('b', 0), 'other things have their own count');
    backoff.clear();
    assert.ok(!backoff.isHeld('a', 0), 'an edit begins anew');
  });

  it('anew when it was quiet meanwhile', () => {
    const backoff = new Backoff();
    for (let now = 0; now < 100_000; now += 5_000) assert.equal(backoff.note('a', now).waitMs, 0);
  });

  it('what failed is tried once more at once, for somebody may have been at it just then', () => {
    const backoff = new Backoff();
    assert.deepEqual(backoff.note('a', 0, true), { times: 1, failures: 1, waitMs: 0 });
    assert.deepEqual(backoff.note('a', 1, true), { times: 2, failures: 2, waitMs: 1_000 });
    assert.deepEqual(backoff.note('a', 1_002, true), { times: 3, failures: 3, waitMs: 2_000 });
    assert.deepEqual(backoff.note('a', 3_003), { times: 4, failures: 0, waitMs: 0 });
    assert.deepEqual(backoff.note('a', 3_004, true), { times: 5, failures: 1, waitMs: 0 });
  });
});
