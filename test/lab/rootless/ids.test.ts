/** Ranges of ids in the labs of an ordinary user: as /etc/subuid and /etc/subgid give them, by newuidmap and newgidmap. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DoctorReport } from '../../../src/model/report.ts';
import {
  describeAsNobody,
  describeWithIds,
  edited,
  holder,
  netlab,
  nobody,
  places,
  probe,
  requireRoot,
  run,
  Scene,
  tarOf,
  tempFolder,
  until,
} from '../../support/index.ts';

const FIRST = 300_000;
const LAST = FIRST + 65_535;
const LAB = `
nodes:
  plain:
    files: { /etc/motd: "hello\\n" }
    processes:
      web: { command: 'id; exec sleep 7701', user: nobody, groups: [mail], umask: '027' }
      numbered: { command: 'exec sleep 7702', user: '33:5' }
      inner: { command: 'id; exec sleep 7703', isolation: [user] }
  apart:
    isolation: [net, uts, mnt, pid, ipc, cgroup, user]
    processes:
      web: { command: 'id; exec sleep 7704', user: nobody }
      nested: { command: 'exec sleep 7705', isolation: [user, mnt, pid] }
  some:
    isolation: [net, uts, mnt, pid, ipc, user]
    uid_map: [{ inside: 0, outside: ${FIRST + 100}, count: 10 }, { inside: 10, outside: ${nobody().uid} }]
    processes: { web: { command: 'exec sleep 7706', user: '5:5' } }
  bare: { isolation: [net], processes: { web: { command: 'exec sleep 7707', user: nobody } } }
`;

const lines = (pid: number, name: string): number[][] =>
  readFileSync(`/proc/${pid}/${name}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
const ids = (pid: number, name: 'Uid' | 'Gid' | 'Groups'): number[] =>
  RegExp(`^${name}:(.*)$`, 'm')
    .exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!
    .trim()
    .split(/\s+/)
    .map(Number);

describeWithIds('ids of an ordinary user', FIRST, () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces', 'user namespaces of nobody', 'newuidmap');
    scene = new Scene(LAB, 'ids');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  /** The pids of a lab as it is: `node` its PID 1's, `node/process` a process's. */
  const pids = async (): Promise<(name: string) => number> => {
    const { members } = await scene.status();
    const known = new Map(
      members.flatMap(({ name, pid, processes }) => [
        [name, pid] as const,
        ...processes.map((each) => [`${name}/${each.name}`, each.pid] as const),
      ]),
    );
    return (name) => known.get(name)!;
  };
  const logged = (node: string, name: string): Promise<string> =>
    until(async () => (await netlab(['logs', '-l', scene.name, node, name])).stdout);

  it('are those of the lab: himself as its root, and after him the others', () => {
    const keeper = holder(scene.name);
    const expected = [
      [0, nobody().uid, 1],
      [1, FIRST, 65_536],
    ];
    assert.deepEqual(lines(keeper, 'uid_map'), expected);
    assert.deepEqual(lines(keeper, 'gid_map'), [[0, nobody().gid, 1], expected[1]]);
    assert.equal(readFileSync(`/proc/${keeper}/setgroups`, 'utf8'), 'allow\n');
    // The machine's own files are as they were.
    assert.equal(readFileSync('/etc/subuid', 'utf8').includes(String(FIRST)), false);
  });

  it('are the users of processes, and their groups', async () => {
    const pidOf = await pids();
    const web = pidOf('plain/web');
    const outside = (id: number): number => FIRST + id - 1;
    assert.deepEqual(new Set(ids(web, 'Uid')), new Set([outside(nobody().uid)]));
    const mail = Number(run('getent', ['group', 'mail']).split(':')[2]);
    assert.deepEqual(ids(web, 'Groups'), [outside(mail)]);
    assert.match(
      await logged('plain', 'web'),
      /^uid=65534\(nobody\) gid=65534\(nogroup\) groups=65534\(nogroup\),\d+\(mail\)/,
    );
    const numbered = pidOf('plain/numbered');
    assert.deepEqual([ids(numbered, 'Uid')[0], ids(numbered, 'Gid')[0]], [outside(33), outside(5)]);
    assert.equal(ids(pidOf('bare/web'), 'Uid')[0], outside(nobody().uid));
    const { stdout } = await netlab(['exec', '-l', scene.name, '-u', 'daemon', 'plain', '--', 'id', '-un']);
    assert.equal(stdout, 'daemon\n');
    const beside = await netlab(['exec', '-l', scene.name, '-p', 'web', 'plain', '--', 'sh', '-c', 'id -un; umask']);
    assert.equal(beside.stdout, 'nobody\n0027\n');
  });

  it("are those of nodes' own user namespaces, whose root is nobody of the machine's", async () => {
    const pidOf = await pids();
    const apart = pidOf('apart');
    assert.deepEqual(lines(apart, 'uid_map'), [[0, FIRST, 65_536]]);
    assert.equal(statSync(`/proc/${apart}/ns`).uid, statSync(`/proc/${holder(scene.name)}/ns`).uid);
    assert.equal(ids(apart, 'Uid')[0], FIRST);
    assert.equal(ids(pidOf('apart/web'), 'Uid')[0], FIRST + nobody().uid);
    assert.match(await logged('apart', 'web'), /^uid=65534\(nobody\)/);
    const nested = pidOf('apart/nested');
    assert.deepEqual(lines(nested, 'uid_map'), [[0, FIRST + 1, 65_535]]);
    assert.deepEqual(lines(pidOf('plain/inner'), 'uid_map'), [[0, FIRST, 65_536]]);
    const some = pidOf('some');
    assert.deepEqual(lines(some, 'uid_map'), [
      [0, FIRST + 100, 10],
      [10, nobody().uid, 1],
    ]);
    assert.equal(ids(pidOf('some/web'), 'Uid')[0], FIRST + 105);
    const { stdout } = await scene.exec('apart', [
      'sh',
      '-c',
      'id -u; cat /etc/hostname; touch /dev/shm/x && stat -c %u /dev/shm/x',
    ]);
    assert.equal(stdout, '0\napart\n0\n');
  });

  it('are refused by their line where they are not his', async () => {
    scene.write(edited(edited(LAB, "user: '33:5'", 'user: 70000'), `outside: ${FIRST + 100}`, `outside: ${LAST - 4}`));
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /processes\.numbered\.user\n +found 70000, whose uid 70000 is beyond the ranges of ids that this user has \(\/etc\/subuid\)/,
    );
    assert.match(
      stderr,
      RegExp(
        `nodes\\.some\\.uid_map\\n +found ids \\(uid ${LAST - 4} to ${LAST + 5}\\) that this user does not have: the ranges`,
      ),
    );
    scene.write(LAB);
    await scene.assertNothingToDo();
  });

  it('follow an edit', async () => {
    const changes = await scene.become(edited(LAB, "user: '33:5'", "user: '34:5'"));
    assert.deepEqual(
      changes.map(({ what }) => what),
      ['process plain/numbered'],
    );
    assert.equal(ids((await pids())('plain/numbered'), 'Uid')[0], FIRST + 33);
    await scene.become(LAB);
    await scene.assertNothingToDo();
  });

  it('are told by doctor', async () => {
    const { stdout } = await netlab(['doctor', '--json']);
    const { findings } = JSON.parse(stdout) as DoctorReport;
    const found = findings.find(({ check }) => check === 'rootless ids');
    assert.deepEqual([found?.state, found?.found], ['ok', `/usr/bin/newuidmap: 0 ${nobody().uid} 1, 1 ${FIRST} 65536`]);
  });

  it('own what is unpacked and printed, and all of that goes with the lab, whichever way it ends', async () => {
    const archive = join(tempFolder(), 'ids.tar');
    writeFileSync(
      archive,
      tarOf([
        { name: 'bin/', type: '5', mode: 0o755 },
        { name: 'bin/sleep', content: readFileSync('/bin/busybox'), mode: 0o755 },
        { name: 'srv/', type: '5', mode: 0o700, uid: 33, gid: 33 },
        { name: 'srv/own', content: 'x', mode: 0o600, uid: 33, gid: 33 },
      ]),
    );
    const text = `
nodes:
  a: { rootfs: { tar: ${archive} }, processes: { p: { command: [/bin/sleep, '7708'], user: '33:33' } } }
  b: { rootfs: { tar: ${archive} }, isolation: [net, uts, mnt, pid, ipc, user], processes: { p: { command: [/bin/sleep, '7709'] } } }
`;
    for (const end of ['down', 'killed'] as const) {
      const lab = new Scene(text, `unpacked-${end}`);
      await lab.up();
      const roots = readdirSync(places().roots)
        .map((name) => join(places().roots, name, 'tree/srv/own'))
        .filter((path) => existsSync(path));
      assert.deepEqual(
        roots.map((path) => statSync(path).uid).toSorted((a, b) => a - b),
        [FIRST + 32, FIRST + 33],
      );
      if (end === 'killed') {
        const keeper = holder(lab.name);
        process.kill(keeper, 'SIGKILL');
        await until(() => !existsSync(`/proc/${keeper}/ns`) || readlinkSync(`/proc/${keeper}/exe`) === '');
      }
      await lab[Symbol.asyncDispose]();
      assert.ok(!existsSync(places().roots), readdirSync(tempFolder()).join(' '));
      assert.ok(!existsSync(join(places().state, lab.name)));
    }
  });
});

describeAsNobody('without ids of others', () => {
  it('a lab has its root alone, and says why, and what to do', async function () {
    requireRoot(this);
    probe(this, 'user namespaces of nobody', 'newuidmap');
    const scene = new Scene(edited(LAB, 'groups: [mail], ', ''), 'noids');
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 2, stderr);
    const reason = String.raw`\/etc\/subuid gives no range of ids to nobody \(as root: usermod --add-subuids .*\), or netlab as root`;
    assert.match(
      stderr,
      RegExp(String.raw`plain\.processes\.web\.user\n +found nobody, but in this lab there is only root: .*${reason}`),
    );
    const { stdout } = await netlab(['doctor', '--json']);
    const found = (JSON.parse(stdout) as DoctorReport).findings.find(({ check }) => check === 'rootless ids');
    assert.equal(found?.state, 'absent');
    assert.match(found?.advice ?? '', /^as root: usermod --add-subuids/);
    scene.assertHostAsBefore();
  });
});
