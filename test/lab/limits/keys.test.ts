/** Every key of `limits`, of a node and of a process, as it stands in the kernel; and each changed in place, while programs go on. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

import {
  controller,
  edited,
  groupFile,
  groupOf,
  has,
  inShort,
  netlab,
  pidsOfGroup,
  probe,
  processesOf,
  requireRoot,
  Scene,
  skip,
} from '../../support/index.ts';

const TEXT = `
name: keys
nodes:
  a:
    limits: { memory: 64M, swap: 8M, pids: 30, cpu: 0.5, cpu_weight: 200, cpuset: { cpus: 0, mems: 0 } }
    setup: ['cat /proc/self/cgroup > /dev/shm/setup']
    processes:
      web:
        command: [sleep, '100001']
        limits: { memory: 32M, pids: 10, cpu: 0.25, cpu_weight: 50 }
      parent: { command: 'sleep 100002 & sleep 100003 & wait' }
  b:
    processes:
      free: { command: 'sleep 100004 & wait' }
  apart:
    isolation: [net, uts, mnt, pid, ipc, user, cgroup]
    limits: { pids: 20 }
    processes:
      own: { command: [sleep, '100006'], limits: { pids: 2 } }
  plain:
    isolation: [net]
    limits: { pids: 20 }
    processes:
      guest: { command: [sleep, '100005'] }
`;

/** What the file of a bound says, in the words of the version that keeps it. */
const FILES: Readonly<Record<string, readonly [of: string, second: string, first: string]>> = {
  memory: ['memory', 'memory.max', 'memory.limit_in_bytes'],
  swap: ['memory', 'memory.swap.max', 'memory.memsw.limit_in_bytes'],
  pids: ['pids', 'pids.max', 'pids.max'],
  cpu: ['cpu', 'cpu.max', 'cpu.cfs_quota_us'],
  weight: ['cpu', 'cpu.weight', 'cpu.shares'],
  cpus: ['cpuset', 'cpuset.cpus', 'cpuset.cpus'],
  mems: ['cpuset', 'cpuset.mems', 'cpuset.mems'],
};

describe('limits', function () {
  this.timeout(60_000);
  let scene: Scene;
  const MB = 1 << 20;
  const is = (path: string, key: string): string => groupFile(scene.name, path, ...FILES[key]!);
  const commOf = (pid: number): string => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  const either = (of: string, second: string, first: string): string =>
    controller(of)!.version === 2 ? second : first;

  before(async function () {
    requireRoot(this);
    probe(this, 'memory controller', 'pids controller', 'cpu controller', 'cpuset controller', 'pid namespaces');
    scene = new Scene(TEXT);
    await scene.up();
  });
  after(async () => {
    if (scene === undefined) return;
    await scene.down();
    scene.assertHostAsBefore();
  });

  it('of a node stand in its group', () => {
    assert.equal(is('a', 'memory'), String(64 * MB));
    assert.equal(is('a', 'swap'), either('memory', String(8 * MB), String(72 * MB)));
    assert.equal(is('a', 'pids'), '30');
    assert.equal(is('a', 'cpu'), either('cpu', '50000 100000', '50000'));
    assert.equal(is('a', 'weight'), either('cpu', '200', '2048'));
    assert.equal(is('a', 'cpus'), '0');
    assert.equal(is('a', 'mems'), '0');
  });

  it('of a process stand in its own, within that of its node', () => {
    assert.equal(is('a/web', 'memory'), String(32 * MB));
    assert.equal(is('a/web', 'pids'), '10');
    assert.equal(is('a/web', 'cpu'), either('cpu', '25000 100000', '25000'));
    assert.equal(is('a/web', 'weight'), either('cpu', '50', '512'));
  });

  it('hold all that the node runs: PID 1, processes with their children, commands by hand and setups', async () => {
    const { name } = scene;
    const lineOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    for (const of of ['memory', 'pids', 'cpu', 'cpuset']) {
      assert.deepEqual(pidsOfGroup(name, 'a/@init', of).map(lineOf), [`netlab-init node ${name}.a`], of);
      assert.deepEqual(pidsOfGroup(name, 'a/web', of).map(lineOf), ['sleep 100001']);
      const family = pidsOfGroup(name, 'a/parent', of).map(lineOf).toSorted();
      assert.deepEqual(family.slice(1), ['sleep 100002', 'sleep 100003']);
    }
    for (const text of [
      (await scene.exec('a', ['cat', '/proc/self/cgroup'])).stdout,
      (await scene.exec('a', ['cat', '/dev/shm/setup'])).stdout,
    ])
      assert.match(text, new RegExp(`/netlab-${name}\\.[0-9a-f]{8}/a/@rest$`, 'm'));
    assert.doesNotMatch((await scene.exec('b', ['cat', '/proc/self/cgroup'])).stdout, /netlab-/);
  });

  it('hold a node without a PID 1', async () => {
    assert.deepEqual(pidsOfGroup(scene.name, 'plain/guest', 'pids').map(commOf), ['sleep']);
    assert.match((await scene.exec('plain', ['cat', '/proc/self/cgroup'])).stdout, /plain\/@rest/);
  });

  it('hold a node with user and cgroup namespaces of its own, whose root could not go there himself', async () => {
    const { name } = scene;
    assert.match((await scene.exec('apart', ['cat', '/proc/self/uid_map'])).stdout, /^\s*0\s+[1-9]/);
    assert.match((await scene.exec('apart', ['cat', '/proc/1/cgroup'])).stdout, /pids[^:]*:\/$|^0::\/$/m);
    const lines = ['@init', 'own'].flatMap((part) => pidsOfGroup(name, `apart/${part}`, 'pids')).map(commOf);
    assert.deepEqual(lines, ['netlab-init', 'sleep']);
  });

  it('are there for plan, too', async () => {
    await scene.assertNothingToDo();
  });

  it('change in place', async function () {
    if (cpus().length < 2) skip(this, 'this machine has one CPU');
    const before = processesOf(scene.name);
    const mems = 'mems: 0 } }\n    setup';
    let text = edited(
      TEXT,
      'memory: 64M, swap: 8M, pids: 30, cpu: 0.5, cpu_weight: 200',
      'memory: 128M, swap: 0, pids: 40, cpu: 1.5, cpu_weight: 300',
    );
    text = edited(text, `cpus: 0, ${mems}`, `cpus: 0-1, ${mems}`);
    text = edited(
      text,
      'limits: { memory: 32M, pids: 10, cpu: 0.25, cpu_weight: 50 }',
      'limits: { memory: 16M, cpu: 1, cpu_weight: 60 }',
    );
    assert.deepEqual(inShort(await scene.become(text)), [
      'update node a: limits.memory 64M → 128M: limits.swap 8M → 0: limits.pids 30 → 40: limits.cpu 0.5 → 1.5: limits.cpu_weight 200 → 300: limits.cpuset.cpus 0 → 0-1',
      'update process a/web: limits.memory 32M → 16M: limits.pids 10 → unset: limits.cpu 0.25 → 1: limits.cpu_weight 50 → 60',
    ]);
    assert.equal(is('a', 'memory'), String(128 * MB));
    assert.equal(is('a', 'swap'), either('memory', '0', String(128 * MB)));
    assert.equal(is('a', 'cpu'), either('cpu', '150000 100000', '150000'));
    assert.equal(is('a/web', 'memory'), String(16 * MB));
    assert.equal(is('a/web', 'pids'), 'max');
    const [web] = pidsOfGroup(scene.name, 'a/web', 'cpuset');
    assert.match(readFileSync(`/proc/${web}/status`, 'utf8'), /^Cpus_allowed_list:\t0-1$/m);
    await scene.assertNothingToDo();

    // And back, where in version 1 who is below must become less before who is above.
    await scene.become(TEXT);
    assert.equal(is('a', 'memory'), String(64 * MB));
    assert.equal(is('a/web', 'cpu'), either('cpu', '25000 100000', '25000'));
    assert.match(readFileSync(`/proc/${web}/status`, 'utf8'), /^Cpus_allowed_list:\t0$/m);
    await scene.assertNothingToDo();
    assert.deepEqual(processesOf(scene.name), before);
  });

  it('come to a node that runs, and go', async () => {
    const before = processesOf(scene.name);
    const limited = edited(TEXT, '  b:\n', '  b:\n    limits: { pids: 15 }\n');
    assert.deepEqual(inShort(await scene.become(limited)), ['update node b: limits.pids unset → 15']);
    assert.equal(is('b', 'pids'), '15');
    assert.equal(pidsOfGroup(scene.name, 'b/@init', 'pids').length, 1);
    assert.equal(pidsOfGroup(scene.name, 'b/free', 'pids').length, 2);
    await scene.assertNothingToDo();
    assert.deepEqual(inShort(await scene.become(TEXT)), ['update node b: limits.pids 15 → unset']);
    assert.equal(is('b', 'pids'), 'max');
    await scene.assertNothingToDo();
    assert.deepEqual(processesOf(scene.name), before);
  });

  it('that somebody has changed by hand are put right by the next up', async () => {
    const folder = groupOf(controller('pids')!.root, scene.name, 'a');
    writeFileSync(`${folder}/pids.max`, '7');
    writeFileSync(`${folder}/web/pids.max`, '3');
    assert.deepEqual(inShort((await scene.up()).changes), [
      'update node a: limits.pids 7 → 30',
      'update process a/web: limits.pids 3 → 10',
    ]);
    assert.equal(is('a', 'pids'), '30');
    assert.equal(is('a/web', 'pids'), '10');
  });

  it('are what plan --explain writes', async () => {
    const { stdout } = await netlab(['plan', '--explain', scene.file.replace('.yaml', '.yaml')]);
    assert.match(stdout, /Nothing to change/);
    const apart = new Scene(TEXT, 'apart');
    const script = (await netlab(['plan', '--explain', apart.file])).stdout;
    // The same words behind its name as behind that of the lab that runs.
    const pids = groupOf(controller('pids')!.root, scene.name, '').replace(scene.name, apart.name);
    assert.ok(script.includes(`mkdir -p ${pids}a\n`) && script.includes(`echo '30' > ${pids}a/pids.max`), script);
    assert.ok(script.includes(`echo '10' > ${pids}a/web/pids.max`));
  });

  it('of devices stand in their group', async function () {
    if (controller('io') === undefined) skip(this, 'this machine has no io controller');
    const device = readFileSync('/proc/partitions', 'utf8').match(/^\s*\d+\s+\d+\s+\d+\s+([sv]da)$/m)?.[1];
    if (device === undefined || !has('pid namespaces')) skip(this, 'this machine has no disk');
    const number = readFileSync(`/sys/block/${device}/dev`, 'utf8').trim();
    const io = (words: string): string =>
      edited(TEXT, '  b:\n', `  b:\n    limits: { io: [{ device: /dev/${device}, ${words} }] }\n`);
    await scene.become(io('read_bps: 1M, write_bps: 2M, read_iops: 100, write_iops: 200'));
    const of = (first: string): string => groupFile(scene.name, 'b', 'io', 'io.max', `blkio.throttle.${first}_device`);
    if (controller('io')!.version === 2)
      assert.equal(of(''), `${number} rbps=${MB} wbps=${2 * MB} riops=100 wiops=200`);
    else {
      const found = ['read_bps', 'write_bps', 'read_iops', 'write_iops'].map(of);
      assert.deepEqual(
        found,
        [MB, 2 * MB, 100, 200].map((most) => `${number} ${most}`),
      );
    }
    await scene.assertNothingToDo();
    assert.deepEqual(inShort(await scene.become(io('read_bps: 1M'))), [
      `update node b: limits.io /dev/${device} read 1M/s write 2M/s read 100 times/s write 200 times/s → /dev/${device} read 1M/s`,
    ]);
    await scene.become(TEXT);
    assert.equal(of('read_bps'), '');
    await scene.assertNothingToDo();
  });
});
