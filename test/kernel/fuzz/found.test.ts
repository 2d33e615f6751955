/** What the fuzzers of the control sockets have found, and reading the code because of them: each once more by itself. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { Control } from '../../../src/process/control.ts';
import { requireRoot, until } from '../../support/index.ts';
import { nodeSocket } from '../../../src/state/keepers.ts';
import { alive, shell, TestKeeper } from '../process/fixture.ts';
import { descriptors } from '../../support/usage.ts';

describe('what fuzzers have found in control sockets', () => {
  let lab: TestKeeper;
  before(function () {
    requireRoot(this);
  });
  beforeEach(() => {
    lab = new TestKeeper().start();
  });
  afterEach(() => lab.end());

  it('a clone that would share its memory with the keeper is refused', () => {
    lab.namespaces('a');
    for (const flags of [0x100, 0x200, 0x10000, 0x80000000, -1]) {
      const result = lab.keeper.startNodes([{ name: 'a', flags, operations: [] }]).get('a');
      assert.ok(result !== undefined && 'error' in result, String(flags));
      assert.equal(result.error.errno, 'EINVAL');
    }
    assert.ok(alive(lab.pid));
  });

  it('a FIFO where a file is to be written does not hold up PID 1', () => {
    const node = lab.node('r1');
    const fifo = join(lab.folder, 'fifo');
    assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
    assert.throws(() => node.operate([['write', fifo, 'x']]), { name: 'KeeperError', errno: 'ENXIO' });
    node.status();
  });

  it('a keeper without a descriptor to spare lets go of who says nothing', () => {
    const { pid } = lab.keeper;
    assert.equal(spawnSync('prlimit', ['--pid', String(pid), '--nofile=100:100']).status, 0);
    const names = Array.from({ length: 100 }, (_, i) => ({ name: `n${i}`, sysctls: [] }));
    assert.throws(() => lab.keeper.createNamespaces(names, () => {}), { errno: 'EMFILE' });
    assert.equal(descriptors(pid), 100);
    const control = Control.connect(lab.ctl)!;
    control.request([['status']]);
    control.close();
  });

  it('a time to stop in that no timer can wait is for ever', async () => {
    const node = lab.node('r1');
    node.start([shell('p', 'trap "" TERM; echo ready; sleep 1000')]);
    await until(() => lab.log('r1/p.log') === 'ready\n');
    const control = Control.connect(nodeSocket(lab.pid, 'r1'))!;
    control.request([['finish', 'p', 15, '9223372036854775807']]);
    assert.deepEqual(
      node.status().map(({ state }) => state),
      ['running'],
    );
    assert.throws(() => control.request([['stop', 'p', '4294967305', 0]]), { errno: 'EINVAL' });
    control.request([['stop', 'p', 9, 0]]);
    control.close();
  });
});
