/** The tests' own tools, where a mistake in them would let a fault through. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

import { hostDifferences, hostSnapshot, renamed, uniqueLabName, until } from '../support/index.ts';
import type { HostSnapshot } from '../support/index.ts';

const none: ReadonlyMap<string, string> = new Map();
const EMPTY: HostSnapshot = {
  links: none,
  addresses: none,
  routes: none,
  netns: none,
  mounts: none,
  nftables: none,
  sysctls: none,
  processes: none,
  files: none,
};
const one = (key: string, value = 'there') => new Map([[key, value]]);

describe('test/support', () => {
  describe('hostDifferences', () => {
    it('names what came, went and changed', () => {
      const before = {
        ...EMPTY,
        links: one('2 eth0', '1500'),
        netns: one('a.r1'),
        sysctls: one('/proc/sys/net/x', '0'),
      };
      const after = {
        ...EMPTY,
        links: one('2 eth0', '9000'),
        mounts: one('/run/x'),
        sysctls: one('/proc/sys/net/x', '1'),
      };
      assert.deepEqual(hostDifferences(before, after), [
        '~ links 2 eth0: 1500 → 9000',
        '- netns a.r1: there',
        '+ mounts /run/x: there',
        '~ sysctls /proc/sys/net/x: 0 → 1',
      ]);
    });

    it('lets the labs of others come and go, when it is told which are ours', () => {
      const after = {
        ...EMPTY,
        netns: one('other.r1'),
        processes: new Map([
          ['7@1', 'netlab-init keeper other'],
          ['8@1', 'netlab-init keeper mine'],
          ['9@1', 'sleep 9 (of this test)'],
        ]),
      };
      assert.deepEqual(hostDifferences(EMPTY, after, { labs: ['mine'] }), [
        '+ processes 8@1: netlab-init keeper mine',
        '+ processes 9@1: sleep 9 (of this test)',
      ]);
      assert.equal(hostDifferences(EMPTY, after).length, 4);
    });
  });

  describe('hostSnapshot', () => {
    it('sees a process of this test, and not the test itself', async () => {
      const before = hostSnapshot();
      const child = spawn('sleep', ['60']);
      try {
        await until(() => child.pid);
        const found = hostDifferences(before, hostSnapshot(), { labs: [] });
        assert.equal(found.length, 1, found.join('\n'));
        assert.match(found[0]!, /^\+ processes \d+@\d+: sleep 60 \(of this test\)$/);
      } finally {
        child.kill();
      }
    });
  });

  describe('until', () => {
    it('gives back what came true', async () => {
      let count = 0;
      assert.equal(await until(() => (++count < 3 ? undefined : count)), 3);
    });

    it('says what did not, and why', async () => {
      const failing = until(() => assert.fail('still no'), { timeout: 30, what: 'the ping' });
      await assert.rejects(failing, (error: Error) => {
        assert.equal(error.message, 'the ping did not come true in 30 ms');
        assert.match(String(error.cause), /still no/);
        return true;
      });
    });
  });

  it('names labs so that no two are alike, in 32 characters', () => {
    const names = new Set(Array.from({ length: 100 }, () => uniqueLabName('a-very-long-name-of-a-topology-file')));
    assert.equal(names.size, 100);
    for (const name of names) assert.match(name, /^[a-z0-9-]{1,32}$/);
  });

  it('renames a topology with and without a name', () => {
    assert.equal(renamed('# x\nname: a\nnodes: {}\n', 'b'), '# x\nname: b\nnodes: {}\n');
    assert.equal(renamed('nodes: {}\n', 'b'), 'name: b\nnodes: {}\n');
  });
});
