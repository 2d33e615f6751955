import assert from 'node:assert/strict';

import { progressText } from '../../../src/cli/progress.ts';
import { width } from '../../../src/cli/table.ts';

describe('cli progress', () => {
  it('is a bar', () => {
    assert.equal(
      progressText({ step: 'creating links', done: 3, total: 12 }, 80),
      'creating links            ██████░░░░░░░░░░░░░░░░░░  3/12',
    );
    assert.match(progressText({ step: 'x', done: 0, total: 5 }, 80), / ░{24} {2}0\/5$/);
    assert.match(progressText({ step: 'x', done: 9, total: 5 }, 80), / █{24} {2}9\/5$/);
  });

  it('has no bar where the end is unknown', () => {
    assert.equal(progressText({ step: 'waiting for web', done: 0, total: 0 }, 80), 'waiting for web …');
  });

  it('is never as wide as the terminal', () => {
    for (const columns of [10, 20, 40, 60]) {
      assert.ok(width(progressText({ step: 'creating links', done: 3, total: 12 }, columns)) < columns);
    }
    assert.equal(progressText({ step: 'creating links', done: 3, total: 12 }, 40), 'creating links  3/12');
  });
});
