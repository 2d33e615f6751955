import assert from 'node:assert/strict';

import {
  describeForUsers,
  edited,
  inNode,
  inShort,
  probe,
  processesOf,
  requireRoot,
  Scene,
} from '../../support/index.ts';

const BASE = `
nodes:
  a:
    interfaces: { lo: { addresses: [10.0.0.1/32] } }
    setup: ["echo one >> /dev/shm/log", [sh, -c, "echo two >> /dev/shm/log"]]
    processes: { p: { command: "echo process >> /dev/shm/log; exec sleep 12001" } }
  b: { isolation: [net] }
`;

describeForUsers('setup', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
    scene = new Scene(BASE, 'setup');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const log = async (): Promise<string> => (await scene.exec('a', ['cat', '/dev/shm/log'])).stdout;

  it('is run in order, before the processes, and once', async () => {
    assert.equal(await log(), 'one\ntwo\nprocess\n');
    await scene.assertNothingToDo();
    assert.deepEqual((await scene.up()).changes, []);
    assert.equal(await log(), 'one\ntwo\nprocess\n');
  });

  it('is run again when its list changes, and then all of it', async () => {
    const changes = await scene.become(edited(BASE, 'echo two', 'echo three'));
    assert.deepEqual(inShort(changes), [
      "update setup of a (2 commands): commands echo one >> /dev/shm/log; sh -c 'echo two >> /dev/shm/log' → echo one >> /dev/shm/log; sh -c 'echo three >> /dev/shm/log'",
    ]);
    assert.equal(await log(), 'one\ntwo\nprocess\none\nthree\n');
    await scene.assertNothingToDo();
    await scene.become(
      edited(BASE, '    setup: ["echo one >> /dev/shm/log", [sh, -c, "echo two >> /dev/shm/log"]]\n', ''),
    );
    await scene.become(BASE);
    assert.equal(await log(), 'one\ntwo\nprocess\none\nthree\none\ntwo\n');
  });

  it('runs in a node with a network alone, too', async () => {
    await scene.become(
      edited(BASE, '{ isolation: [net] }', '{ isolation: [net], setup: ["ip address add 10.9.9.9/32 dev lo"] }'),
    );
    assert.match(inNode(scene.name, 'b', ['ip', 'address']).stdout, /10\.9\.9\.9/);
    await scene.become(BASE);
  });

  it('fails `up` when a command fails: with its line, code and output; nothing else is begun', async () => {
    const before = processesOf(scene.name);
    scene.write(
      edited(
        BASE,
        '"echo one >> /dev/shm/log", [sh, -c, "echo two >> /dev/shm/log"]',
        '"true", "echo out; echo why >&2; exit 3", "touch /dev/shm/never"',
      ).replace('12001', '12002'),
    );
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 1);
    assert.match(
      stderr,
      /:\d+:21 {2}nodes\.a\.setup\[1\]\n {2}could not set up a: the command "echo out; echo why >&2; exit 3" ended with 3\n {2}it printed:\n {4}out\n {4}why\n/,
    );
    assert.equal((await scene.exec('a', ['test', '-e', '/dev/shm/never'])).code, 1);
    assert.deepEqual(Object.values(processesOf(scene.name)).toSorted(), Object.values(before).toSorted());
    await scene.become(BASE);
    await scene.assertNothingToDo();
  });

  it('takes a new lab down with it', async () => {
    const other = new Scene(edited(BASE, '"echo one >> /dev/shm/log"', '"exit 7"'), 'setup-fails');
    assert.equal((await other.tryUp()).code, 1);
    assert.equal(await other.summary(), undefined);
    other.assertHostAsBefore();
  });
});
