/** The leak tests can fail: each measure sees a leak that is made for it. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';

import { descriptors, heap, Rounds } from '../support/usage.ts';

describe('what is measured round by round', () => {
  it('is level when what is opened is closed, and not when one descriptor in ten rounds is not', () => {
    const kept: number[] = [];
    for (const leaking of [false, true]) {
      const rounds = new Rounds();
      for (let round = 0; round < 80; round++) {
        const fd = openSync('/dev/null', 'r');
        if (leaking && round % 10 === 0) kept.push(fd);
        else closeSync(fd);
        rounds.note({ descriptors: descriptors() });
      }
      const check = (): void => rounds.assertLevel('descriptors', 0);
      if (leaking) assert.throws(check, /^AssertionError.*descriptors: \d+ has become \d+/s);
      else check();
    }
    for (const fd of kept) closeSync(fd);
  });

  it('sees what the heap keeps', () => {
    const kept: unknown[] = [];
    const rounds = new Rounds();
    for (let round = 0; round < 24; round++) {
      kept.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));
      rounds.note({ heap: heap() });
    }
    assert.equal(kept.length, 24);
    assert.throws(() => rounds.assertLevel('heap', 1000), /heap: \d+ has become/);
  });

  it('is not disturbed by what comes and goes', () => {
    const rounds = new Rounds();
    for (let round = 0; round < 40; round++) rounds.note({ kib: round % 7 === 0 ? 100 : 100 + 50 * (round % 5) });
    rounds.assertLevel('kib', 0);
  });

  it('is not judged by too little', () => {
    const rounds = new Rounds();
    rounds.note({ kib: 1, unknown: undefined });
    assert.throws(() => rounds.assertLevel('kib', 0), /measured 1 times/);
    assert.throws(() => rounds.assertLevel('unknown', 0), /measured 0 times/);
  });
});
