import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';

import {
  assertPing,
  describeForUsers,
  holder,
  isAlive,
  netlab,
  netnsOf,
  places,
  probe,
  processesOf,
  requireRoot,
  Scene,
  until,
  user,
} from '../../support/index.ts';
import { bigTopology } from './big.ts';
import { moments, SEED } from '../../support/random.ts';

const SMALL = `
nodes:
  a: { interfaces: { eth0: { addresses: [10.0.0.1/24] } }, processes: { main: { command: [sleep, '30001'] } } }
  b: { interfaces: { eth0: { addresses: [10.0.0.2/24] } }, isolation: [net], processes: { main: { command: [sleep, '30002'] } } }
links: [['a:eth0', 'b:eth0']]
`;

/** So many labs were half made when their maker was killed. */
const ENOUGH = 4;

describeForUsers('SIGKILL of the command line', function () {
  this.timeout(180_000);
  let scene: Scene;
  let duration: number;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'ping', 'nftables NAT', 'pid namespaces');
    scene = new Scene(bigTopology(), 'killed');
    const started = performance.now();
    await scene.up();
    duration = performance.now() - started;
    await scene.down();
    scene.assertHostAsBefore();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  /** Starts `up` and kills it when this part of its usual time is over. True when it had not ended by then. */
  async function killedAt(part: number): Promise<boolean> {
    const started = performance.now();
    const { signal } = await scene.tryUp([], {
      onSpawn: (child) => void pass(part * duration, undefined, { ref: false }).then(() => child.kill('SIGKILL')),
    });
    const killed = signal === 'SIGKILL';
    // The machine is now faster, now slower: what it took last is what it is expected to take.
    duration = killed ? duration * 1.02 : performance.now() - started;
    return killed;
  }

  it(`at many moments of \`up\`, then \`down\`: the host is as before (NETLAB_SEED=${SEED})`, async () => {
    let halfMade = 0;
    const count = user() === 'root' ? 40 : 20;
    const parts = moments(count, 1);
    // Where others keep the machine busy, most of the time goes by before the first namespace: late moments are tried again then.
    for (const [i, part] of [...parts, ...parts.slice(count / 2)].entries()) {
      if (i >= count && halfMade >= ENOUGH) break;
      for (let killed = false; !killed;) {
        killed = await killedAt(part);
        if (killed && netnsOf(scene.name).length > 0) halfMade++;
        await scene.down();
        try {
          scene.assertHostAsBefore();
        } catch (error) {
          throw new Error(`killed at ${part.toFixed(3)} of ${duration.toFixed(0)} ms`, { cause: error });
        }
      }
    }
    assert.ok(halfMade >= ENOUGH, `only ${halfMade} of ${count} had begun`);
  });

  it('at 12 moments of `down`, then `down` again: the host is as before', async () => {
    await scene.up();
    const started = performance.now();
    await scene.down();
    const whole = performance.now() - started;
    for (const moment of moments(12, whole)) {
      await scene.up();
      await netlab(['down', scene.name], {
        onSpawn: (child) => void pass(moment, undefined, { ref: false }).then(() => child.kill('SIGKILL')),
      });
      // It may stand whole or in part, and whatever there is says so in order.
      const { code, stderr } = await netlab(['status', '-l', scene.name]);
      assert.ok(code === 0 || /there is no lab/.test(stderr), stderr);
      await scene.down();
      scene.assertHostAsBefore();
    }
  });

  it(`at 12 moments of \`up\`, then \`up\` again, then \`up\` of another file: the lab is as wanted`, async () => {
    const less = bigTopology()
      .replace(/^ {4}nat: .*\n/gm, '')
      .replaceAll('10.201.', '10.211.');
    for (const part of moments(12, 1)) {
      scene.write(bigTopology());
      await killedAt(part);
      await scene.up();
      await scene.assertNothingToDo();
      assert.equal(netnsOf(scene.name).length, 32);
      assertPing(scene.name, 'n0', '10.201.0.15');
      // The same while it is changed.
      scene.write(less);
      await killedAt(part);
      await scene.up();
      await scene.assertNothingToDo();
      assertPing(scene.name, 'n0', '10.211.0.15');
      assert.equal(Object.values(processesOf(scene.name)).filter((line) => line === 'sleep 20000').length, 15);
    }
    await scene.down();
    scene.assertHostAsBefore();
  });
});

describeForUsers('SIGKILL of the keeper', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'ping', 'pid namespaces');
  });

  /** Brings a lab up and kills its keeper; what it had is gone at once. */
  async function keeperKilled(scene: Scene): Promise<void> {
    await scene.up();
    const keeper = (await scene.summary())?.keeper;
    assert.equal(keeper, holder(scene.name));
    const pids = Object.keys(processesOf(scene.name)).map((key) => Number(key.split('@')[0]));
    assert.ok(pids.length >= 4, 'the keeper, a PID 1 and two processes');
    process.kill(keeper, 'SIGKILL');
    await until(() => !pids.some(isAlive), { what: 'the end of all its processes' });
    await until(() => netnsOf(scene.name).length === 0, { what: 'the end of its names in ip netns' });
  }

  it('ends the lab at once; ls says so, down cleans up', async () => {
    await using scene = new Scene(SMALL);
    await keeperKilled(scene);
    assert.equal((await scene.summary())?.state, 'dead');
    assert.deepEqual((await scene.status()).members, []);
    assert.equal((await scene.exec('a', ['true'])).code, 125);
    await scene.down();
    scene.assertHostAsBefore();
    assert.ok(!existsSync(`${places().state}/${scene.name}`));
    assert.equal(await scene.summary(), undefined);
  });

  it('and `up` makes it anew without a `down` before', async () => {
    await using scene = new Scene(SMALL);
    await keeperKilled(scene);
    const report = await scene.up();
    assert.equal(report.created, true);
    await scene.assertNothingToDo();
    assertPing(scene.name, 'a', '10.0.0.2');
    assert.equal(Object.values(processesOf(scene.name)).filter((line) => /^sleep 3000[12]$/.test(line)).length, 2);
  });

  it('in the middle of `up`: it fails and says so, and the host is as before', async () => {
    await using scene = new Scene(
      SMALL.replace("'30001'] }", "'30001'], ready: { command: ['false'], timeout: 60s } }"),
    );
    const running = scene.tryUp();
    await until(() => Object.values(processesOf(scene.name)).includes('sleep 30001'));
    process.kill(holder(scene.name), 'SIGKILL');
    const { code, stderr } = await running;
    assert.equal(code, 1, stderr);
    assert.doesNotMatch(stderr, /internal error/);
    await scene.down();
    scene.assertHostAsBefore();
  });

  it('of the guard: the lab goes on, and down removes it all the same', async () => {
    await using scene = new Scene(SMALL);
    await scene.up();
    const { stdout } = await netlab(['exec', '-l', scene.name, 'b', '--', 'cat', `/proc/${holder(scene.name)}/status`]);
    const guard = Number(/^PPid:\s*(\d+)$/m.exec(stdout)?.[1]);
    assert.ok(guard > 1);
    process.kill(guard, 'SIGKILL');
    await until(() => !isAlive(guard));
    assertPing(scene.name, 'a', '10.0.0.2');
    await scene.assertNothingToDo();
  });
});
