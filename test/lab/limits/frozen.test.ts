/** The ends of a lab with a frozen node, in both versions of control groups. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import {
  CLI,
  controller,
  holder,
  groupsOf,
  netlab,
  probe,
  processesOf,
  requireRoot,
  Scene,
  skip,
  until,
} from '../../support/index.ts';

const TEXT = `
name: frozen
nodes:
  a:
    limits: { pids: 30 }
    processes:
      p: { command: 'sleep 400001 & exec sleep 400002' }
  bare:
    isolation: [net]
    processes:
      q: { command: 'setsid sleep 400003 & exec sleep 400004' }
`;

/** States of processes by their command lines, as /proc tells: v1 says D where v2 says S. */
function frozenBy(lab: string): string[] {
  return groupsOf(lab)
    .flatMap((folder) =>
      spawnSync('grep', ['-rhsE', '^(FROZEN|frozen 1)', folder], { encoding: 'utf8' }).stdout.split('\n'),
    )
    .filter(Boolean);
}

function suite(title: string, first: boolean): void {
  describe(`a frozen node, ${title}`, function () {
    this.timeout(60_000);
    before(function () {
      requireRoot(this);
      probe(this, 'freezer', 'pids controller', 'pid namespaces');
      if (first && controller('freezer')?.version !== 1) skip(this, 'version 1 has no freezer on this machine');
    });

    /** netlab where only version 1 is mounted, or as it is. */
    async function act(...args: string[]): Promise<void> {
      const hide = 'grep " cgroup2 " /proc/mounts | cut -d" " -f2 | xargs -r -n 1 umount; exec "$@"';
      const argv = ['-m', 'sh', '-c', hide, 'sh', process.execPath, CLI, ...args];
      const { code, stderr } = first
        ? ((run) => ({ code: run.status, stderr: run.stderr }))(spawnSync('unshare', argv, { encoding: 'utf8' }))
        : await netlab(args);
      assert.equal(code, 0, stderr);
    }

    async function begun(): Promise<Scene> {
      const scene = new Scene(TEXT, first ? 'first' : 'second');
      await act('up', scene.file);
      await until(() => Object.values(processesOf(scene.name)).filter((line) => /sleep 4/.test(line)).length === 4);
      await act('freeze', '-l', scene.name, 'a', 'bare');
      await until(() => frozenBy(scene.name).length >= 2);
      return scene;
    }

    it('is taken down', async () => {
      const scene = await begun();
      await act('down', scene.name);
      scene.assertHostAsBefore();
    });

    it('ends with the keeper, when that is killed', async () => {
      const scene = await begun();
      process.kill(holder(scene.name), 'SIGKILL');
      await until(() => groupsOf(scene.name).length === 0);
      await act('down', scene.name);
      scene.assertHostAsBefore();
    });

    it('is thawed, stopped, and goes with an edit', async () => {
      const scene = await begun();
      await act('stop', '-l', scene.name, 'a');
      assert.deepEqual(
        Object.values(processesOf(scene.name)).filter((line) => /40000[12]/.test(line)),
        [],
      );
      scene.write(TEXT.slice(0, TEXT.indexOf('  bare:')));
      await act('up', scene.file);
      assert.deepEqual(frozenBy(scene.name), []);
      assert.ok(!readFileSync('/proc/mounts', 'utf8').includes(scene.name));
      await act('down', scene.name);
      scene.assertHostAsBefore();
    });
  });
}

suite('as this machine has it mounted', false);
suite('where version 1 alone is mounted', true);
