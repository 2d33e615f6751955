/** However a lab with limits ends, its control groups go too. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';

import type { DoctorReport } from '../../../src/model/report.ts';
import {
  CLI,
  controller,
  groupOf,
  groupsOf,
  holder,
  isAlive,
  netlab,
  probe,
  processNamed,
  renamed,
  requireRoot,
  Scene,
  tempFile,
  uniqueLabName,
  until,
} from '../../support/index.ts';

const TEXT = `
name: ends
nodes:
  a:
    limits: { pids: 30, memory: 64M }
    processes:
      # Leaves a child behind that nobody waits for.
      daemon: { command: "setsid sh -c 'sleep 200001 & exec sleep 200002' & exec sleep 200003", limits: { pids: 10 } }
  b:
    isolation: [net]
    limits: { pids: 10 }
    processes:
      guest: { command: 'setsid sleep 200004 & exec sleep 200005' }
`;

describe('the control groups of a lab', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'pids controller', 'memory controller', 'pid namespaces');
  });

  const guardOf = (keeper: number): number =>
    Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${keeper}/status`, 'utf8'))?.[1]);

  async function begun(): Promise<Scene> {
    const scene = new Scene(TEXT);
    await scene.up();
    assert.notDeepEqual(groupsOf(scene.name), []);
    await until(() => processNamed(scene.name, 'sleep 200004'));
    return scene;
  }

  it('go with down', async () => {
    const scene = await begun();
    await scene.down();
    assert.deepEqual(groupsOf(scene.name), []);
    scene.assertHostAsBefore();
  });

  it('go with a SIGKILL of the keeper, by its guard', async () => {
    const scene = await begun();
    process.kill(holder(scene.name), 'SIGKILL');
    await until(() => groupsOf(scene.name).length === 0);
    await scene.down();
    scene.assertHostAsBefore();
  });

  it('of a keeper and a guard that were killed are found by doctor, and removed with --fix', async () => {
    const scene = await begun();
    const keeper = holder(scene.name);
    process.kill(guardOf(keeper), 'SIGKILL');
    process.kill(keeper, 'SIGKILL');
    await until(() => !isAlive(keeper));
    const of = async (...args: string[]): Promise<DoctorReport['leftovers'][number] | undefined> =>
      (JSON.parse((await netlab(['doctor', '--json', ...args])).stdout) as DoctorReport).leftovers.find(
        ({ lab }) => lab === scene.name,
      );
    const { what } = (await of())!;
    for (const folder of groupsOf(scene.name))
      assert.ok(what.includes(folder), `${folder} is not in ${what.join(', ')}`);
    assert.equal((await of('--fix'))?.removed, true);
    assert.deepEqual(groupsOf(scene.name), []);
    scene.assertHostAsBefore();
  });

  it('go with down when the state folder is lost, and stay through an up in between', async () => {
    const scene = await begun();
    rmSync(`/run/netlab/${scene.name}`, { recursive: true });
    assert.deepEqual((await scene.up()).changes, []);
    rmSync(`/run/netlab/${scene.name}`, { recursive: true });
    await scene.down();
    assert.deepEqual(groupsOf(scene.name), []);
    scene.assertHostAsBefore();
  });

  it('of a node go with the node, those of a process with the process', async () => {
    const scene = await begun();
    const { root } = controller('pids')!;
    const has = (path: string): boolean => {
      try {
        readFileSync(`${groupOf(root, scene.name, path)}/cgroup.procs`);
        return true;
      } catch {
        return false;
      }
    };
    assert.deepEqual([has('a/daemon'), has('b')], [true, true]);
    await scene.become('name: x\nnodes:\n  a:\n    limits: { pids: 30, memory: 64M }\n');
    assert.deepEqual([has('a'), has('b')], [true, false]);
    await scene.down();
    scene.assertHostAsBefore();
  });

  it('of earlier versions, and of labs elsewhere that are gone, are leftovers; those that somebody is in are none', async () => {
    const name = uniqueLabName('stray');
    const { root } = controller('pids')!;
    const folders = [
      `${root}/netlab-${name}`,
      `${root}/netlab-${name}.00000000`,
      `${root}/netlab-${name}-busy.00000000`,
    ];
    for (const folder of folders) mkdirSync(`${folder}/a/b`, { recursive: true });
    const [old = '', other = '', busy = ''] = folders;
    const sleeper = spawn('sleep', ['1000']);
    try {
      writeFileSync(`${busy}/a/b/cgroup.procs`, String(sleeper.pid));
      const { stdout } = await netlab(['doctor', '--fix', '--json']);
      const strays = (JSON.parse(stdout) as DoctorReport).leftovers.find(({ what }) => what.includes(old));
      assert.deepEqual(
        strays && [strays.lab, strays.removed, strays.what.includes(other), strays.what.includes(busy)],
        [null, true, true, false],
      );
      assert.deepEqual([...groupsOf(name), ...groupsOf(`${name}-busy`)], [busy]);
    } finally {
      sleeper.kill('SIGKILL');
      await once(sleeper, 'close');
      for (const folder of [`${busy}/a/b`, `${busy}/a`, busy]) rmdirSync(folder);
    }
  });

  it('of two labs of one name, each with a /run of its own, are two', async () => {
    const text = (pids: number): string =>
      `name: x\nnodes: { a: { limits: { pids: ${pids} }, processes: { p: { command: [sleep, '2001${pids}'] } } } }\n`;
    const scene = new Scene(text(20));
    await scene.up();
    const elsewhere = tempFile(renamed(text(30), scene.name), `${scene.name}-elsewhere.yaml`);
    const { root } = controller('pids')!;
    const script = `set -e
      mount -t tmpfs tmpfs /run
      netlab() { "$NODE" "$CLI" "$@"; }
      netlab up -q "$1"; netlab plan --exit-code "$1" > /dev/null; netlab doctor --json
      cat ${root}/netlab-${scene.name}.*/a/pids.max
      netlab down -q ${scene.name}; netlab doctor --fix > /dev/null
      cat ${root}/netlab-${scene.name}.*/a/pids.max`;
    const { stdout, stderr, status } = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', elsewhere], {
      encoding: 'utf8',
      env: { ...process.env, NODE: process.execPath, CLI },
    });
    assert.equal(status, 0, stdout + stderr);
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual([lines.slice(-3, -1).toSorted(), lines.at(-1)], [['20', '30'], '20']);
    assert.ok(!lines.slice(0, -3).join('').includes(scene.name), 'each takes the other for a leftover');
    assert.equal((await scene.status()).members[0]!.processes[0]!.state, 'running');
    await scene.assertNothingToDo();
    await scene.down();
    assert.deepEqual(groupsOf(scene.name), []);
    scene.assertHostAsBefore();
  });

  it('of an up that fails are taken back', async () => {
    const scene = new Scene(TEXT.replace("'setsid sleep 200004 & exec sleep 200005'", '[/no/such/program]'));
    const { code } = await scene.tryUp();
    assert.equal(code, 1);
    assert.deepEqual(groupsOf(scene.name), []);
    scene.assertHostAsBefore();
    writeFileSync(scene.file, '');
  });
});
