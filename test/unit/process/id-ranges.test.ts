import assert from 'node:assert/strict';

import { mapOf, rangesIn } from '../../../src/process/id-ranges.ts';
import { defaultRanges } from '../../../src/process/user-namespace.ts';

const FILE = `# a comment
root:1:99
ann:100000:65536
bob:200000:65536
1001:300000:1000
ann:400000:10
ann:x:10
ann:500000
ann:500000:0
ann:100005:2
ann:900:200
annabel:700000:5
`;

describe('ranges of ids', () => {
  it('are those of the user, by name or by number, that make a map', () => {
    const of = (name: string, uid: number) => rangesIn(FILE, { name, uid, own: uid });
    assert.deepEqual(of('ann', 1000), [
      { first: 100_000, count: 65_536 },
      { first: 400_000, count: 10 },
    ]);
    assert.deepEqual(of('carl', 1001), [{ first: 300_000, count: 1000 }]);
    assert.deepEqual(of('dora', 1002), []);
    assert.deepEqual(rangesIn('', { name: 'ann', uid: 1000, own: 1000 }), []);
  });

  it('follow the user himself, who is root', () => {
    assert.deepEqual(
      mapOf(1000, [
        { first: 100_000, count: 65_536 },
        { first: 400_000, count: 10 },
      ]),
      [
        { inside: 0, outside: 1000, count: 1 },
        { inside: 1, outside: 100_000, count: 65_536 },
        { inside: 65_537, outside: 400_000, count: 10 },
      ],
    );
  });
});

describe('what a user namespace maps unless that is said', () => {
  it('is the usual range, or all but root, line by line, or root alone', () => {
    assert.deepEqual(defaultRanges([{ inside: 0, outside: 0, count: 4_294_967_295 }]), [
      { inside: 0, outside: 100_000, count: 65_536 },
    ]);
    assert.deepEqual(defaultRanges([{ inside: 0, outside: 1000, count: 1 }]), [{ inside: 0, outside: 0, count: 1 }]);
    assert.deepEqual(
      defaultRanges([
        { inside: 5, outside: 300, count: 2 },
        { inside: 0, outside: 1000, count: 3 },
      ]),
      [
        { inside: 0, outside: 1, count: 2 },
        { inside: 2, outside: 5, count: 2 },
      ],
    );
  });
});
