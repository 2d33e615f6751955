/** What version 2 of control groups has, and version 1 has not. */
import assert from 'node:assert/strict';

import {
  controller,
  edited,
  groupFile,
  inShort,
  probe,
  processesOf,
  requireRoot,
  Scene,
  skip,
} from '../../support/index.ts';

const TEXT = `
name: second
nodes:
  a:
    limits: { memory: 64M, memory_high: 48M }
    processes:
      p: { command: [sleep, '300001'], limits: { memory_high: 16M } }
`;

describe('limits of version 2', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
    if (controller('memory')?.version !== 2) skip(this, 'the memory controller is not on version 2 here');
  });

  it('slow down who uses much memory, and change in place', async () => {
    await using scene = new Scene(TEXT);
    await scene.up();
    assert.equal(groupFile(scene.name, 'a', 'memory', 'memory.high'), String(48 << 20));
    assert.equal(groupFile(scene.name, 'a/p', 'memory', 'memory.high'), String(16 << 20));
    await scene.assertNothingToDo();
    const before = processesOf(scene.name);
    const changes = await scene.become(edited(TEXT, '64M, memory_high: 48M', '64M, memory_high: 32M'));
    assert.deepEqual(inShort(changes), ['update node a: limits.memory_high 48M → 32M']);
    assert.equal(groupFile(scene.name, 'a', 'memory', 'memory.high'), String(32 << 20));
    assert.deepEqual(processesOf(scene.name), before);
  });
});
