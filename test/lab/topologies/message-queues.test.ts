import assert from 'node:assert/strict';

import { describeTopology, netlab, run } from '../../support/index.ts';

describeTopology('message-queues', ['python3', 'pid namespaces'], { left: {}, right: {} }, (scene) => {
  const queues = async (node: string, ...options: string[]): Promise<number> => {
    const { stdout, stderr } = await netlab(['exec', '-l', scene().name, ...options, node, '--', 'ipcs', '-q']);
    assert.equal(stderr, '');
    return stdout.split('0x00001234').length - 1;
  };

  it('are there for all processes of the node', async () => {
    assert.equal(await queues('left'), 1);
    assert.equal(await queues('left', '-p', 'reader'), 1);
    assert.match((await netlab(['logs', '-l', scene().name, 'left', 'reader'])).stdout, /0x00001234/);
  });

  it('are not there for a process with an ipc namespace of its own, another node, and the machine', async () => {
    assert.equal(await queues('left', '-p', 'apart'), 0);
    assert.equal(await queues('right'), 0);
    assert.ok(!run('ipcs', ['-q']).includes('0x00001234'));
  });

  it('are made in one namespace and not seen in the other', async () => {
    const made = await netlab(['exec', '-l', scene().name, '-p', 'apart', 'left', '--', 'ipcmk', '-Q']);
    assert.equal(made.code, 0);
    const count = (await scene().exec('left', ['ipcs', '-q'])).stdout.split('0x').length - 1;
    assert.equal(count, 1);
  });
});
