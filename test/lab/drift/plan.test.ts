import assert from 'node:assert/strict';

import type { PlanReport } from '../../../src/model/report.ts';
import { netlab, probe, requireRoot, Scene } from '../../support/index.ts';
import { damage, DAMAGE, LAB, state, told } from './damage.ts';

describe('damage by hand: plan names it, up mends it', () => {
  let scene: Scene;
  let sound: unknown;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'ipv6', 'nft', 'nftables NAT', 'pid namespaces');
    scene = new Scene(LAB, 'drift');
    await scene.up();
    sound = state(scene.name);
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  for (const [name, each] of Object.entries(DAMAGE)) {
    it(name, async () => {
      damage(scene.name, each);
      assert.notDeepEqual(state(scene.name), sound, 'nothing was damaged');
      const { stdout } = await netlab(['plan', '--json', scene.file]);
      const plan = JSON.parse(stdout) as PlanReport;
      const up = await scene.up();
      assert.deepEqual(up.changes, plan.changes, 'up does what plan says');
      assert.deepEqual(state(scene.name), sound);
      assert.deepEqual(told(plan.changes), each.changes.toSorted());
      await scene.assertNothingToDo();
    });
  }
});
