/** However a lab with limits ends, its control groups go too. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import type { DoctorReport } from '../../../src/model/report.ts';
import {
  controller,
  groupOf,
  holder,
  isAlive,
  labGroups,
  netlab,
  probe,
  processNamed,
  requireRoot,
  Scene,
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

  const groups = (name: string): string[] => labGroups().filter((folder) => folder.endsWith(`/netlab-${name}`));
  const guardOf = (keeper: number): number =>
    Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${keeper}/status`, 'utf8'))?.[1]);

  async function begun(): Promise<Scene> {
    const scene = new Scene(TEXT);
    await scene.up();
    assert.notDeepEqual(groups(scene.name), []);
    await until(() => processNamed(scene.name, 'sleep 200004'));
    return scene;
  }

  it('go with down', async () => {
    const scene = await begun();
    await scene.down();
    assert.deepEqual(groups(scene.name), []);
    scene.assertHostAsBefore();
  });

  it('go with a SIGKILL of the keeper, by its guard', async () => {
    const scene = await begun();
    process.kill(holder(scene.name), 'SIGKILL');
    await until(() => groups(scene.name).length === 0);
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
    for (const folder of groups(scene.name)) assert.ok(what.includes(folder), `${folder} is not in ${what.join(', ')}`);
    assert.equal((await of('--fix'))?.removed, true);
    assert.deepEqual(groups(scene.name), []);
    scene.assertHostAsBefore();
  });

  it('go with down when the state folder is lost, and stay through an up in between', async () => {
    const scene = await begun();
    rmSync(`/run/netlab/${scene.name}`, { recursive: true });
    assert.deepEqual((await scene.up()).changes, []);
    rmSync(`/run/netlab/${scene.name}`, { recursive: true });
    await scene.down();
    assert.deepEqual(groups(scene.name), []);
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

  it('that somebody has made by hand are leftovers; of those that somebody is in, nothing is taken', async () => {
    const name = uniqueLabName('by-hand');
    const { root } = controller('pids')!;
    mkdirSync(groupOf(root, name, 'a/b'), { recursive: true });
    const { stdout } = await netlab(['doctor', '--fix', '--json']);
    const { leftovers } = JSON.parse(stdout) as DoctorReport;
    assert.deepEqual(
      leftovers.find(({ lab }) => lab === name),
      { lab: name, what: [`${root}/netlab-${name}`], removed: true },
    );
    assert.deepEqual(groups(name), []);
  });

  it('of an up that fails are taken back', async () => {
    const scene = new Scene(TEXT.replace("'setsid sleep 200004 & exec sleep 200005'", '[/no/such/program]'));
    const { code } = await scene.tryUp();
    assert.equal(code, 1);
    assert.deepEqual(groups(scene.name), []);
    scene.assertHostAsBefore();
    writeFileSync(scene.file, '');
  });
});
