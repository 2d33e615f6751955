import assert from 'node:assert/strict';

import { networkOf } from '../../../src/lab/uplinks6.ts';
import { parsePrefix } from '../../../src/model/address.ts';

describe('the IPv6 networks of ways out', () => {
  it('are /64 of fd00::/8, the same for the same name', () => {
    for (const name of ['a.b', 'lab.gw', 'x.y']) {
      const network = networkOf(name, 0);
      assert.match(network, /^fd[0-9a-f]{2}:.*::\/64$/);
      assert.deepEqual(
        [...parsePrefix(network)!.bytes.subarray(8)],
        Array.from({ length: 8 }, () => 0),
      );
      assert.equal(networkOf(name, 0), network);
    }
  });

  it('differ by name, and from one choice to the next', () => {
    const all = ['a.b', 'a.c', 'b.b'].flatMap((name) => [0, 1, 2].map((n) => networkOf(name, n)));
    assert.equal(new Set(all).size, all.length);
  });
});
