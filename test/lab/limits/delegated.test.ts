/**
 * Limits in the labs of an ordinary user, in a control group that root has given him: as systemd does it with Delegate=yes (cgroups(7),
 * "Delegation"), its folder and a few of its files are his, and his processes are in a group below.
 */
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

import type { LabStatus } from '../../../src/model/report.ts';
import {
  controller,
  describeBehind,
  edited,
  groupOf,
  holder,
  inShort,
  netlab,
  nobody,
  probe,
  requireRoot,
  Scene,
  skip,
  until,
} from '../../support/index.ts';

const { root = '', version = 2 } = controller('pids') ?? {};
/** In version 1 each controller has a tree of its own, and one of them is enough here. */
const MEMORY = version === 2 && controller('memory')?.root === root;
const GIVEN = `${root}/netlab-delegation-${process.pid}`;
/** Another, in which nobody has made groups. */
const FULL = `${GIVEN}-full`;
const FILES = version === 2 ? ['cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads'] : ['cgroup.procs', 'tasks'];

const LAB = `
nodes:
  a:
    limits: { pids: 30${MEMORY ? ', memory: 64M' : ''} }
    processes:
      p: { command: [sleep, '7801'] }
      few: { command: [sleep, '7802'], limits: { pids: 5 } }
  apart:
    isolation: [net, uts, mnt, pid, ipc, user]
    processes: { p: { command: [sleep, '7803'], limits: { pids: 7 } } }
  plain: { processes: { p: { command: [sleep, '7804'] } } }
`;

/** A group and all below it. */
function remove(folder: string): void {
  for (const each of readdirSync(folder, { withFileTypes: true }))
    if (each.isDirectory()) remove(`${folder}/${each.name}`);
  rmdirSync(folder);
}

const text = (path: string): string => readFileSync(path, 'utf8').trim();

/** Goes into that group, as who was started in it. */
const into = (group: string): string[] => ['sh', '-c', `echo 0 >'${group}/cgroup.procs' && exec "$@"`, 'sh'];
let session = `${GIVEN}/session`;

describeBehind(
  `limits in a control group of one's own (version ${version})`,
  () => into(session),
  () => {
    let scene: Scene;
    before(async function () {
      requireRoot(this);
      probe(this, 'pid namespaces', 'user namespaces of nobody', 'pids controller');
      try {
        if (version === 2) writeFileSync(`${root}/cgroup.subtree_control`, MEMORY ? '+pids +memory' : '+pids');
      } catch (error) {
        skip(this, `the kernel gives no controller to groups below ${root}: ${String(error)}`);
      }
      for (const folder of [GIVEN, session, FULL]) {
        mkdirSync(folder);
        for (const path of [folder, ...FILES.map((name) => `${folder}/${name}`)])
          chownSync(path, nobody().uid, nobody().gid);
      }
      scene = new Scene(LAB, 'delegated');
      await scene.up();
    });
    after(async () => {
      if (scene !== undefined) await scene[Symbol.asyncDispose]();
      for (const folder of [GIVEN, FULL]) if (existsSync(folder)) remove(folder);
    });
    const group = (path: string): string => groupOf(GIVEN, scene.name, path);
    const member = async (name: string): Promise<LabStatus['members'][number]> =>
      (await scene.status()).members.find((each) => each.name === name)!;
    const pidOf = async (node: string, name: string): Promise<number> =>
      (await member(node)).processes.find((each) => each.name === name)!.pid!;
    const where = (pid: number): string => {
      const line = text(`/proc/${pid}/cgroup`)
        .split('\n')
        .find((each) => each.split(':')[1] === (version === 2 ? '' : 'pids'))!;
      return `${root}${line.split(':').slice(2).join(':')}`;
    };

    it('are written there, and its processes are in it', async () => {
      assert.equal(text(`${group('a')}/pids.max`), '30');
      if (MEMORY) assert.equal(text(`${group('a')}/memory.max`), String(64 << 20));
      assert.equal(text(`${group('a/few')}/pids.max`), '5');
      assert.equal(text(`${group('apart/p')}/pids.max`), '7');
      for (const [node, name] of [
        ['a', 'p'],
        ['a', 'few'],
        ['apart', 'p'],
      ] as const)
        assert.equal(where(await pidOf(node, name)), group(`${node}/${name}`));
      assert.equal(where(await pidOf('plain', 'p')), session);
      await scene.assertNothingToDo();
    });

    it('hold for commands too: the kernel gives no more, and says so', async () => {
      const { stdout } = await scene.exec('a', ['cat', '/proc/self/cgroup']);
      assert.ok(stdout.includes(`${group('a').slice(root.length)}/`), stdout);
      const beside = await netlab(['exec', '-l', scene.name, '-p', 'few', 'a', '--', 'cat', '/proc/self/cgroup']);
      assert.ok(beside.stdout.includes(group('a/few').slice(root.length)), beside.stdout);
      const { stderr } = await scene.exec('a', ['sh', '-c', 'for i in $(seq 40); do sleep 7805 & done; wait']);
      assert.match(stderr, /Cannot fork|Resource temporarily unavailable/);
      assert.ok(Number(text(`${group('a')}/pids.current`)) <= 30);
      await scene.exec('a', ['pkill', '-f', '^sleep 7805']);
    });

    it('change in place, and come and go', async () => {
      const before = await pidOf('a', 'few');
      const narrower = edited(edited(LAB, 'pids: 5', 'pids: 6'), 'pids: 30', 'pids: 40');
      assert.deepEqual(inShort(await scene.become(narrower)), [
        'update node a: limits.pids 30 → 40',
        'update process a/few: limits.pids 5 → 6',
      ]);
      assert.deepEqual([text(`${group('a')}/pids.max`), text(`${group('a/few')}/pids.max`)], ['40', '6']);
      assert.equal(await pidOf('a', 'few'), before);
      await scene.assertNothingToDo();
      await scene.become(LAB.replace('plain: {', 'plain: { limits: { pids: 9 },'));
      assert.equal(text(`${group('plain')}/pids.max`), '9');
      await scene.become(LAB);
      await scene.assertNothingToDo();
    });

    it('freeze a node, where groups of one tree do all', async function () {
      if (version !== 2) skip(this, 'the freezer of version 1 is a tree of its own');
      const pid = await pidOf('a', 'p');
      assert.equal((await netlab(['freeze', '-l', scene.name, 'a'])).code, 0);
      await until(() => /^frozen 1$/m.test(text(`${where(pid)}/cgroup.events`)));
      assert.equal((await netlab(['thaw', '-l', scene.name, 'a'])).code, 0);
      await until(() => /^frozen 0$/m.test(text(`${where(pid)}/cgroup.events`)));
    });

    it('go with the lab, killed or taken down', async () => {
      const keeper = holder(scene.name);
      process.kill(keeper, 'SIGKILL');
      await until(() => !existsSync(group('')));
      await scene.down();
      await scene.up();
      await scene.down();
      assert.ok(!existsSync(group('')));
      await scene.up();
    });

    it('are refused where processes stand in the group itself, which the kernel forbids', async function () {
      if (version !== 2) skip(this, 'version 1 allows it');
      await scene.down();
      session = FULL;
      try {
        const { code, stderr } = await scene.tryUp();
        assert.equal(code, 1, stderr);
        assert.match(
          stderr,
          /nodes\.a\.limits\.pids\n +found pids, but processes are in .* itself, .*: move them into one/,
        );
      } finally {
        session = `${GIVEN}/session`;
      }
      await scene.up();
    });
  },
);
