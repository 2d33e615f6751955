/** User and time namespaces of processes, beside their node's: who is root there, what he owns, and what clocks show. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';

import type { LabStatus } from '../../../src/model/report.ts';
import {
  describeForUsers,
  edited,
  inShort,
  netlab,
  probe,
  requireRoot,
  run,
  Scene,
  skip,
  until,
  user,
} from '../../support/index.ts';

const DAY = 86_400;
const LAB = `
defaults: { process: { stop: { signal: KILL } } }
nodes:
  apart:
    isolation: [net, uts, mnt, pid, ipc, cgroup, user]
    processes:
      own: { command: 'id; touch /dev/shm/of-own; exec sleep 7501', isolation: [user], restart: always }
      whole: { command: 'ps -e -o args=; hostname inner; echo n\\amed; mount -t tmpfs t /mnt && stat -f -c %T /mnt; id; exec sleep 7502', isolation: [net, uts, mnt, pid, ipc, cgroup, user], ready: { log: named } }
      kin: { command: 'hostname; id; exec sleep 7503', share: { user: whole, uts: whole }, isolation: [net], after: [whole] }
      late: { command: 'exec sleep 7504', isolation: [time], time: { boottime: +10d } }
      as-late: { command: 'cat /proc/uptime; exec sleep 7505', share: { time: late, pid: whole } }
  plain:
    processes:
      own: { command: 'id; exec sleep 7506', isolation: [user, time], time: { monotonic: 1h } }
  shared-mounts:
    isolation: [net, uts]
    processes: { own: { command: 'id; exec sleep 7507', isolation: [user, time], time: { boottime: 1d } } }
`;

const lines = (text: string): number[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));

describeForUsers('user and time namespaces of processes', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces', 'user namespaces of nobody');
    if (!existsSync('/proc/self/timens_offsets')) skip(this, 'this kernel has no time namespaces');
    scene = new Scene(LAB, 'progids');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  /** As the lab was when it was asked first, for a command takes its time; `now`: it has changed since. */
  let asked: Promise<LabStatus> | undefined;
  const pidOf = async (node: string, name: string, now = false): Promise<number> => {
    if (now) asked = undefined;
    const { members } = await (asked ??= scene.status());
    return members.find((each) => each.name === node)!.processes.find((each) => each.name === name)!.pid!;
  };
  const logged = (node: string, name: string): Promise<string> =>
    until(async () => (await netlab(['logs', '-l', scene.name, node, name])).stdout);
  const of = (pid: number, kind: string): string => readlinkSync(`/proc/${pid}/ns/${kind}`);
  const map = (pid: number, kind: 'uid' | 'gid'): number[][] => lines(readFileSync(`/proc/${pid}/${kind}_map`, 'utf8'));

  it('map all that the node has but its root; the one id where there is no other', async () => {
    for (const [node, expected] of [
      // From outside the node's own map is laid over it.
      ['apart', [0, 100_001, 65_535]],
      ['plain', [0, 100_000, 65_536]],
      ['shared-mounts', [0, 100_000, 65_536]],
    ] as const) {
      const pid = await pidOf(node, 'own');
      const one = [0, Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]), 1];
      assert.deepEqual(map(pid, 'uid')[0], user() === 'root' ? expected : one, node);
      assert.equal(map(pid, 'gid')[0]![2], map(pid, 'uid')[0]![2], node);
      assert.match(await logged(node, 'own'), /^uid=0\(root\) gid=0\(root\)/);
    }
  });

  it('own what the process has of its own, and nothing of its node', async () => {
    const pid = await pidOf('apart', 'whole');
    const { namespaces } = JSON.parse(run('lsns', ['-J', '-o', 'NS,TYPE,ONS', '-p', String(pid)])) as {
      namespaces: { type: string; ons: number }[];
    };
    for (const kind of ['net', 'uts', 'mnt', 'pid', 'ipc', 'cgroup'])
      assert.equal(`user:[${namespaces.find(({ type }) => type === kind)?.ons}]`, of(pid, 'user'), kind);
    assert.match(await logged('apart', 'whole'), /^.*sh -c (?:.*\n)*tmpfs\nuid=0\(root\)/);
    const own = await pidOf('apart', 'own');
    assert.notEqual(of(own, 'user'), of(pid, 'user'));
    const { stdout } = await scene.exec('apart', ['sh', '-c', 'stat -c %u /dev/shm/of-own; hostname']);
    assert.equal(stdout, user() === 'root' ? '1\napart\n' : '0\napart\n');
    // What the node owns is closed to who is root of the process alone.
    for (const command of ['hostname x', 'ip link set lo down', 'mount -t tmpfs t /mnt']) {
      const { code } = await netlab(['exec', '-l', scene.name, '-p', 'own', 'apart', '--', 'sh', '-c', command]);
      assert.notEqual(code, 0, command);
    }
  });

  it("are shared, and show their clocks, as the kernel says of its processes'", async () => {
    const [whole, kin, late, asLate] = await Promise.all(
      ['whole', 'kin', 'late', 'as-late'].map((name) => pidOf('apart', name)),
    );
    assert.equal(of(kin!, 'user'), of(whole!, 'user'));
    assert.match(await logged('apart', 'kin'), /^inner\nuid=0\(root\)/);
    assert.equal(of(asLate!, 'time'), of(late!, 'time'));
    assert.equal(of(asLate!, 'pid'), of(whole!, 'pid'));
    const ahead =
      Number((await logged('apart', 'as-late')).split(' ')[0]) - Number(run('cat', ['/proc/uptime']).split(' ')[0]);
    assert.ok(ahead > 10 * DAY - 60 && ahead < 10 * DAY + 60, String(ahead));
    const offsets = (pid: number): string => readFileSync(`/proc/${pid}/timens_offsets`, 'utf8').replaceAll(/ +/g, ' ');
    assert.match(offsets(await pidOf('plain', 'own')), /^monotonic 3600 0\nboottime 0 0$/m);
    assert.match(offsets(await pidOf('shared-mounts', 'own')), /^boottime 86400 0$/m);
  });

  it('are entered beside their process, as its root', async () => {
    const command = 'id -u; readlink /proc/self/ns/user; cat /proc/self/uid_map';
    for (const [node, name] of [
      ['plain', 'own'],
      ['shared-mounts', 'own'],
      ['apart', 'kin'],
    ] as const) {
      const pid = await pidOf(node, name);
      const { stdout, stderr } = await netlab(['exec', '-l', scene.name, '-p', name, node, '--', 'sh', '-c', command]);
      const [id, link] = stdout.split('\n');
      assert.deepEqual([id, link], ['0', of(pid, 'user')], stderr);
    }
  });

  it('are the next ones, with the same maps, when the process starts again', async () => {
    const before = await pidOf('apart', 'own');
    const ids = map(before, 'uid');
    await scene.exec('apart', ['pkill', '-KILL', '-f', '^sleep 7501$']);
    const after = await until(
      async () => {
        const pid = await pidOf('apart', 'own', true);
        return pid !== null && pid !== before ? pid : undefined;
      },
      { timeout: 15_000 },
    );
    assert.notEqual(of(after, 'user'), of(await pidOf('apart', 'whole'), 'user'));
    assert.deepEqual(map(after, 'uid'), ids);
  });

  it('change with their process alone', async () => {
    await scene.assertNothingToDo();
    const changed = edited(LAB, 'time: { boottime: +10d }', 'time: { boottime: +20d }');
    assert.deepEqual(inShort(await scene.become(changed)), [
      'update process apart/late: time monotonic 0 ms, boottime 864000000 ms → monotonic 0 ms, boottime 1728000000 ms',
      'replace process apart/as-late',
    ]);
    const [range, words] =
      user() === 'root'
        ? ['[{ inside: 0, outside: 7 }, { inside: 1, outside: 1000, count: 9 }]', '0 7 1, 1 1000 9']
        : ['[{ inside: 0, outside: 0 }]', '0 0 1'];
    const mapped = edited(
      LAB,
      "id; touch /dev/shm/of-own; exec sleep 7501', isolation: [user],",
      `id; exec sleep 7501', isolation: [user], uid_map: ${range}, gid_map: ${range},`,
    );
    const changes = inShort(await scene.become(mapped));
    assert.deepEqual(changes.slice(0, 1), [`update process apart/own: command ${changes[0]!.split('command ')[1]!}`]);
    assert.match(changes[0]!, RegExp(`uid_map unset → ${words}: gid_map unset → ${words}$`));
    assert.deepEqual(
      map(await pidOf('apart', 'own', true), 'uid'),
      user() === 'root'
        ? [
            [0, 100_007, 1],
            [1, 101_000, 9],
          ]
        : [[0, map(await pidOf('plain', 'own'), 'uid')[0]![1]!, 1]],
    );
    await scene.assertNothingToDo();
  });

  it('are refused at their line for ids that the node does not have, before anything is touched', async () => {
    scene.write(edited(LAB, 'isolation: [user], restart', 'isolation: [user], uid_map: 70000, restart'));
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /:\d+:\d+ +nodes\.apart\.processes\.own\.uid_map\n +found ids \(uid 70000 to 135535\) that its node does not have, expected ids as apart has them/,
    );
    scene.write(LAB);
  });
});
