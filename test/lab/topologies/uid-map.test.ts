import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { assertPing, describeTopology, user } from '../../support/index.ts';

// plain ── mapped; `mapped` has a user namespace
describeTopology(
  'uid-map',
  ['ping', 'pid namespaces', 'user namespaces of nobody'],
  { plain: { eth0: ['10.0.0.1/24'] }, mapped: { eth0: ['10.0.0.2/24'] } },
  (scene) => {
    const code = async (node: string, line: string): Promise<number> =>
      (await scene().exec(node, ['sh', '-c', line])).code;

    it('makes a root who is another user outside', async () => {
      const { members } = await scene().status();
      const { pid } = members.find(({ name }) => name === 'mapped')!.processes[0]!;
      const [, real] = /^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
      assert.equal(real === '100000', user() === 'root');
      assert.notEqual(real, '0');
      assert.equal((await scene().exec('mapped', ['id', '-u'])).stdout, '0\n');
    });

    it('gives him his network and his files, and nothing of the machine', async () => {
      assert.equal(await code('mapped', 'ip link add d0 type veth && ip link delete d0'), 0);
      assert.equal(await code('mapped', 'test "$(stat -c %U /etc/motd)" = root && echo more >> /etc/motd'), 0);
      assert.notEqual(await code('mapped', 'test -w /proc/sys/kernel/sysrq'), 0);
      assert.notEqual(await code('mapped', 'echo x >> /etc/passwd'), 0);
      await scene().up();
      assertPing(scene().name, 'plain', '10.0.0.2');
    });
  },
);
