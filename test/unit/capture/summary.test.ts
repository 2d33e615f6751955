/** What a capture says of itself at its end. */
import assert from 'node:assert/strict';

import { captureSummary } from '../../../src/cli/capture.ts';

describe('the summary of a capture', () => {
  it('names the interfaces that had packets, or had no room for them', () => {
    const interfaces = [
      { interface: 'a:lo', packets: 0, dropped: 0 },
      { interface: 'a:eth0', packets: 7, dropped: 3 },
      { interface: 'router:x', packets: 0, dropped: 2 },
      { interface: 'b:eth0', packets: 1, dropped: 0 },
    ];
    assert.deepEqual(captureSummary({ packets: 8, dropped: 5, interfaces }).split('\n'), [
      '8 packets on 4 interfaces, 5 dropped by the kernel',
      '  a:eth0    7, 3 dropped',
      '  router:x  0, 2 dropped',
      '  b:eth0    1',
    ]);
  });

  it('is a line for one interface', () => {
    const interfaces = [{ interface: 'a:lo', packets: 1, dropped: 4 }];
    assert.equal(
      captureSummary({ packets: 1, dropped: 4, interfaces }),
      '1 packet on 1 interface, 4 dropped by the kernel',
    );
  });
});
