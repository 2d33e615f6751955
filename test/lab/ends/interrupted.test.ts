import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pass } from 'node:timers/promises';

import {
  describeForUsers,
  dump,
  edited,
  netlab,
  probe,
  processesOf,
  requireRoot,
  Scene,
  until,
} from '../../support/index.ts';
import { bigTopology } from './big.ts';
import { moments, SEED } from '../../support/random.ts';

// `slow` never becomes ready by itself.
const SLOW = `
nodes:
  a:
    interfaces: { eth0: { addresses: [10.0.0.1/24] } }
    processes:
      first: { command: [sleep, '40001'] }
      slow: { command: [sleep, '40002'], ready: { command: ['false'], timeout: 60s }, after: [first] }
  b: { interfaces: { eth0: { addresses: [10.0.0.2/24] } } }
links: [['a:eth0', 'b:eth0']]
`;

describeForUsers('`up` that is interrupted', function () {
  this.timeout(120_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'nftables NAT', 'pid namespaces');
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`by ${signal} while it waits for a process: 130, and the host is as before`, async () => {
      await using scene = new Scene(SLOW);
      let child: ChildProcess | undefined;
      const running = scene.tryUp([], { onSpawn: (spawned) => (child = spawned) });
      await until(() => Object.values(processesOf(scene.name)).includes('sleep 40002'));
      child?.kill(signal);
      const { code, stderr } = await running;
      assert.equal(code, 130, stderr);
      assert.match(stderr, /interrupted/);
      scene.assertHostAsBefore();
    });
  }

  it('with --keep: what there is stays', async () => {
    await using scene = new Scene(SLOW);
    let child: ChildProcess | undefined;
    const running = scene.tryUp(['--keep'], { onSpawn: (spawned) => (child = spawned) });
    await until(() => Object.values(processesOf(scene.name)).includes('sleep 40002'));
    child?.kill('SIGINT');
    assert.equal((await running).code, 130);
    assert.ok(Object.values(processesOf(scene.name)).includes('sleep 40001'));
  });

  it('on a running lab: it is as it was before', async () => {
    const fast = edited(SLOW, ", ready: { command: ['false'], timeout: 60s }", '');
    await using scene = new Scene(fast);
    await scene.up();
    const before = { dump: dump(scene.name), processes: processesOf(scene.name) };
    const more = edited(edited(SLOW, '40002', '40003'), '[10.0.0.2/24]', '[10.0.0.3/24]');
    scene.write(edited(more, 'slow:', 'slower:'));
    let child: ChildProcess | undefined;
    const running = scene.tryUp([], { onSpawn: (spawned) => (child = spawned) });
    await until(() => Object.values(processesOf(scene.name)).includes('sleep 40003'));
    child?.kill('SIGINT');
    const { code, stderr } = await running;
    assert.equal(code, 130, stderr);
    assert.deepEqual(dump(scene.name), before.dump);
    // `slow` had gone and is there again; what was not touched has kept its pid.
    assert.deepEqual(Object.values(processesOf(scene.name)).toSorted(), Object.values(before.processes).toSorted());
    const pid = (line: string, of: Record<string, string>) => Object.entries(of).find(([, each]) => each === line)?.[0];
    assert.equal(pid('sleep 40001', processesOf(scene.name)), pid('sleep 40001', before.processes));
    scene.write(fast);
    await scene.assertNothingToDo();
  });

  it(`at 10 moments by SIGINT: done, or the host as before (NETLAB_SEED=${SEED})`, async () => {
    await using scene = new Scene(bigTopology(), 'interrupted');
    const started = performance.now();
    await scene.up();
    const duration = performance.now() - started;
    await scene.down();
    for (const moment of moments(10, duration)) {
      const { code, signal, stderr } = await scene.tryUp([], {
        onSpawn: (child) => void pass(moment, undefined, { ref: false }).then(() => child.kill('SIGINT')),
      });
      // Node listens to signals neither when it begins nor when it is about to end, and then the lab may be up.
      const listened = signal === null;
      assert.ok(code === 0 || code === 130, `${moment.toFixed(1)} ms: ${code}\n${stderr}`);
      if (code === 0) await scene.down();
      else if (!listened) await netlab(['down', scene.name]);
      // While an ordinary user's command goes over into the user namespace it leaves no lab, but perhaps an empty folder.
      else await netlab(['ls']);
      scene.assertHostAsBefore();
    }
  });
});
