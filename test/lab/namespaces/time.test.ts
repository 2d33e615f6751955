/** Clocks and cgroups of a node's own. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

import { netlab, probe, requireRoot, Scene, skip } from '../../support/index.ts';

const DAY = 86_400;
const LAB = `
nodes:
  late: { isolation: [net, uts, mnt, pid, ipc, time], time: { boottime: +30d, monotonic: '1h 0.5s' }, processes: { p: { command: 'cat /proc/uptime; exec sleep 7302', ready: { log: '.' } } } }
  apart: { isolation: [net, mnt, pid, user, time], time: { boottime: 10d } }
  same: { isolation: [net, pid, mnt, time, cgroup] }
`;

/** Seconds since the start of the machine, as a node has them, beyond the machine's own. */
async function ahead(scene: Scene, node: string): Promise<{ boottime: number; monotonic: number }> {
  const program =
    'import time; print(time.clock_gettime(time.CLOCK_BOOTTIME), time.clock_gettime(time.CLOCK_MONOTONIC))';
  const here = process.hrtime()[0];
  const boot = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  const { stdout, stderr, code } = await scene.exec(node, ['python3', '-c', program]);
  assert.equal(code, 0, stderr);
  const [boottime = NaN, monotonic = NaN] = stdout.trim().split(' ').map(Number);
  return { boottime: boottime - boot, monotonic: monotonic - here };
}

function near(found: number, expected: number): void {
  assert.ok(found > expected - 2 && found < expected + 60, `${found} and not ${expected}`);
}

describe('a time namespace', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces', 'user namespaces of nobody', 'python3');
    if (!existsSync('/proc/self/timens_offsets')) skip(this, 'this kernel has no time namespaces');
    scene = new Scene(LAB, 'timens');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  it('has clocks that are ahead', async () => {
    const late = await ahead(scene, 'late');
    near(late.boottime, 30 * DAY);
    near(late.monotonic, 3600);
    near((await ahead(scene, 'apart')).boottime, 10 * DAY);
    near((await ahead(scene, 'same')).boottime, 0);
    const { stdout } = await scene.exec('late', ['cat', '/proc/uptime', '/proc/self/timens_offsets']);
    near(Number(stdout.split(' ')[0]) - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]), 30 * DAY);
    assert.match(stdout, /^monotonic +3600 +500000000$/m);
  });

  it('changes with its node starting anew', async () => {
    await scene.assertNothingToDo();
    const changes = await scene.become(LAB.replace('boottime: +30d', 'boottime: +40d'));
    assert.deepEqual(
      changes.map(({ action, what, differences }) => [action, what, differences[0]?.field]),
      [
        ['update', 'node late', 'time'],
        ['replace', 'process late/p', undefined],
      ],
    );
    near((await ahead(scene, 'late')).boottime, 40 * DAY);
    await scene.assertNothingToDo();
  });

  it('is refused at its line for a clock before the start of the machine, and nothing is touched', async () => {
    scene.write(
      LAB.replace('boottime: 10d', 'boottime: -20000d')
        .replace('+30d', '-20000d')
        .replace(
          'cgroup] }',
          'cgroup], processes: { p: { command: [sleep, "1"], isolation: [time], time: { monotonic: -20000d } } } }',
        ),
    );
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 1, stderr);
    const message = String.raw`\n +found a clock before the start of the machine, which has run for \d+ s \(-\d+s at most\)\n`;
    for (const path of ['late.time.boottime', 'apart.time.boottime', 'same.processes.p.time.monotonic'])
      assert.match(stderr, RegExp(`:\\d+:\\d+ +nodes.${path}${message}`));
    const plan = await netlab(['plan', scene.file]);
    // A second may have gone by.
    const timeless = (words: string): string => words.replaceAll(/\b\d+ ?s\b/g, 'N s');
    assert.deepEqual([plan.code, timeless(plan.stderr)], [1, timeless(stderr)]);
    scene.write(LAB);
    near((await ahead(scene, 'late')).boottime, 40 * DAY);
    await scene.become(LAB);
  });

  it('shows its own cgroup as the root of all, in a cgroup namespace', async () => {
    const { stdout } = await scene.exec('same', ['cat', '/proc/self/cgroup']);
    assert.ok(
      stdout
        .trim()
        .split('\n')
        .every((line) => line.endsWith(':/')),
      stdout,
    );
  });
});
