import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import type { PlanReport } from '../../../src/model/report.ts';
import {
  inNode,
  inShort,
  netlab,
  probe,
  processNamed,
  requireRoot,
  type Result,
  Scene,
  until,
} from '../../support/index.ts';
import { DAMAGE } from './damage.ts';
import { damage, LAB, state, told } from './damaged-lab.ts';

describe('damage by hand: plan names it, up mends it', () => {
  let scene: Scene;
  let sound: unknown;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'macvlan', 'ifb', 'ipv6', 'nft', 'nftables NAT', 'pid namespaces');
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
      const { stdout } = await netlab(['plan', '--json', scene.file]);
      const plan = JSON.parse(stdout) as PlanReport;
      const up = await scene.up();
      assert.deepEqual(up.changes, plan.changes, 'up does what plan says');
      assert.deepEqual(state(scene.name), sound);
      assert.deepEqual(told(plan.changes), each.changes.toSorted());
      await scene.assertNothingToDo();
    });
  }

  it('a process is killed, whatever its policy', async () => {
    process.kill(pidOf('sleep 20002'), 'SIGKILL');
    const [change, ...rest] = await settled(
      ({ changes }) => changes.length > 0,
      () => netlab(['plan', '--json', scene.file]),
    );
    assert.deepEqual(rest, []);
    assert.deepEqual(inShort([change!]), ['update process a/two: state killed by signal 9 → running']);
    assert.deepEqual(inShort((await scene.up()).changes), inShort([change!]));
    assert.ok(pidOf('sleep 20002') > 0);
    await scene.assertNothingToDo();
  });

  it("a process that is stopped is nobody's damage", async () => {
    const pid = pidOf('sleep 20002');
    process.kill(pid, 'SIGSTOP');
    try {
      await until(() => /^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
      assert.deepEqual((await scene.up()).changes, []);
      assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^State:\tT/m);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it("a node's PID 1 is killed, and its processes with it", async () => {
    process.kill(pidOf(`netlab-init node ${scene.name}.a`), 'SIGKILL');
    const changes = await settled(
      (plan) => plan.changes.length === 2,
      () => netlab(['plan', '--json', scene.file]),
    );
    assert.deepEqual(inShort(changes).toSorted(), ['create process a/one', 'create process a/two']);
    assert.equal(changes[0]?.reason, 'the file has it, and it does not run');
    await scene.up();
    assert.ok(pidOf('sleep 20001') > 0 && pidOf('sleep 20002') > 0);
    assert.equal((await scene.exec('a', ['cat', '/etc/motd'])).stdout, 'hello\n');
    await scene.assertNothingToDo();
  });

  it('all of it at once', async () => {
    const all = Object.values(DAMAGE).filter(({ by }) => /^(ip (-6 )?(address|route|rule|neigh)|nft|sysctl)/.test(by));
    for (const each of all) inNode(scene.name, each.node, ['sh', '-c', each.by]);
    inNode(scene.name, 'b', ['ip', 'link', 'del', 'eth0']);
    inNode(scene.name, 'a', ['ip', 'link', 'del', 'br0']);
    await scene.up();
    assert.deepEqual(state(scene.name), sound);
    await scene.assertNothingToDo();
  });

  function pidOf(command: string): number {
    return Number(processNamed(scene.name, command)?.split('@')[0]);
  }

  /** The changes of a plan as soon as it is as awaited: a killed process has ended a moment later. */
  async function settled(
    is: (plan: PlanReport) => boolean,
    ask: () => Promise<Result>,
  ): Promise<PlanReport['changes']> {
    let plan: PlanReport | undefined;
    await until(async () => {
      plan = JSON.parse((await ask()).stdout) as PlanReport;
      return is(plan);
    });
    return plan!.changes;
  }
});
