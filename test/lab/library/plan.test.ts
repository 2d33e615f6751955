/** `lab.plan()`: what has drifted since a lab was made, and what its file has got since, of a lab that was opened. */
import assert from 'node:assert/strict';

import { Lab, LabError } from '../../../src/index.ts';
import { inNode, probe, requireRoot, Scene, uniqueLabName } from '../../support/index.ts';

const TOPOLOGY = {
  nodes: {
    a: { interfaces: { eth0: { addresses: ['10.0.0.1/24'] } }, routes: [{ to: '10.9.0.0/16', via: '10.0.0.2' }] },
    b: { interfaces: { eth0: { addresses: ['10.0.0.2/24'] } } },
  },
  links: [['a:eth0', 'b:eth0']],
};

describe('lab.plan()', function () {
  this.timeout(30_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth');
  });

  it('has nothing to do just after `up`, and then what others have undone', async () => {
    const lab = await Lab.up(TOPOLOGY, { name: uniqueLabName('plan') });
    try {
      assert.deepEqual((await lab.plan()).changes, []);
      inNode(lab.name, 'a', ['ip', 'route', 'del', '10.9.0.0/16']);
      inNode(lab.name, 'a', ['ip', 'route', 'add', '10.8.0.0/16', 'dev', 'eth0']);
      const { running, changes, unmanaged, script } = await lab.plan({ explain: true });
      assert.equal(running, true);
      assert.deepEqual(
        changes.map(({ action, what }) => `${action} ${what}`),
        ['create route 10.9.0.0/16 via 10.0.0.2 dev eth0 on a'],
      );
      assert.deepEqual(unmanaged, ['route 10.8.0.0/16 dev eth0 on a']);
      assert.match(script!, /ip .*route add .*10\.9\.0\.0\/16/);
      assert.equal((await lab.plan({ prune: true })).changes.length, 2);
    } finally {
      await lab.down();
    }
  });

  it('reads the file again of a lab that was opened; without one it says so', async () => {
    await using scene = new Scene(
      `nodes: ${JSON.stringify(TOPOLOGY.nodes)}\nlinks: ${JSON.stringify(TOPOLOGY.links)}\n`,
    );
    await scene.up();
    const lab = await Lab.open(scene.name);
    assert.deepEqual((await lab.plan()).changes, []);
    scene.write(scene.text.replace('10.9.0.0/16', '10.7.0.0/16'));
    assert.deepEqual(
      (await lab.plan()).changes.map(({ action, what }) => `${action} ${what}`),
      ['remove route 10.9.0.0/16 via 10.0.0.2 dev eth0 on a', 'create route 10.7.0.0/16 via 10.0.0.2 dev eth0 on a'],
    );

    const made = await Lab.up(TOPOLOGY, { name: uniqueLabName('plan-object') });
    try {
      await assert.rejects(
        async () => (await Lab.open(made.name)).plan(),
        (error: unknown) => error instanceof LabError && /made from no file that is there/.test(error.message),
      );
    } finally {
      await made.down();
    }
  });
});
