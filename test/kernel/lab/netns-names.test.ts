/** The names of namespaces in /run/netns, while other labs come and go. */
import assert from 'node:assert/strict';
import { mkdirSync, readlinkSync, rmSync } from 'node:fs';

import { linkNetns, unlinkAllNetns } from '../../../src/state/netns-links.ts';
import { onFreshHost, requireRoot, run } from '../../support/index.ts';

onFreshHost(import.meta.url, () => {
  describe('names of namespaces', () => {
    before(function () {
      requireRoot(this);
    });

    it('are given though the last lab of all has just taken the folder with it', () => {
      // `ip netns add` has made a mount point of it, which no lab takes along.
      run('umount', ['-l', '/run/netns']);
      rmSync('/run/netns', { recursive: true, force: true });
      mkdirSync('/run/netns');
      unlinkAllNetns('gone');
      linkNetns('here', 'a', process.pid, 0);
      assert.equal(readlinkSync('/run/netns/here.a'), `/proc/${process.pid}/fd/0`);
    });

    it('are given anew where an old lab of the name has left its own', () => {
      linkNetns('here', 'b', process.pid, 1);
      linkNetns('here', 'b', process.pid, 0);
      assert.equal(readlinkSync('/run/netns/here.b'), `/proc/${process.pid}/fd/0`);
    });
  });
});
