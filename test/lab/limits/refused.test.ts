/** Bounds that this machine cannot keep: refused with their lines before anything is touched. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

import {
  assertHostUnchanged,
  CLI,
  controller,
  groupOf,
  hostSnapshot,
  probe,
  requireRoot,
  Scene,
  skip,
} from '../../support/index.ts';

describe('limits that this machine cannot keep', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'pids controller', 'cpuset controller', 'pid namespaces');
  });

  /** `netlab up` in a mount namespace of its own, in which this has been done before. */
  function upWhere(line: string, file: string): { readonly code: number | null; readonly stderr: string } {
    const argv = ['-m', 'sh', '-c', line, 'sh', process.execPath, CLI, 'up', file];
    const { status, stderr } = spawnSync('unshare', argv, { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
    return { code: status, stderr };
  }

  async function refused(text: string, ...lines: RegExp[]): Promise<void> {
    const scene = new Scene(text);
    const { code, stdout, stderr } = await scene.tryUp();
    assert.equal(code, 1, stderr);
    assert.equal(stdout, '');
    for (const line of lines) assert.match(stderr, line);
    assert.equal(await scene.summary(), undefined);
    scene.assertHostAsBefore();
  }

  it('are CPUs that it does not have', async () => {
    await refused(
      'name: x\nnodes:\n  a:\n    limits: { pids: 5, cpuset: { cpus: 4000-4001 } }\n',
      /\.yaml:4:\d+ {2}nodes\.a\.limits\.cpuset\.cpus\n {2}found 4000-4001, but this machine has /,
    );
  });

  it('are devices that it does not have', async function () {
    if (controller('io') === undefined) skip(this, 'this machine has no io controller');
    await refused(
      'name: x\nnodes:\n  a:\n    limits: { io: [{ device: /dev/null, read_bps: 1M }] }\n',
      /nodes\.a\.limits\.io\n {2}found \/dev\/null, but this machine has no block device of that name/,
    );
  });

  it('are those of version 2 where the controller is on version 1', async function () {
    if (controller('memory')?.version !== 1) skip(this, 'the memory controller is not on version 1 here');
    await refused(
      'name: x\nnodes:\n  a:\n    limits: { memory: 64M, memory_high: 32M }\n',
      /:4:\d+ {2}nodes\.a\.limits\.memory_high\n {2}found memory_high, which version 2 of control groups alone has/,
    );
  });

  it('are those whose controller is mounted nowhere, and those of a machine without any', () => {
    const scene = new Scene(
      'name: x\nnodes:\n  a:\n    processes:\n      p:\n        command: [sleep, "1"]\n        limits:\n          pids: 5\n',
    );
    const before = hostSnapshot();
    // A mount namespace of its own, from which the control groups are gone.
    const hidden = 'mount -t tmpfs tmpfs /sys/fs/cgroup; exec "$@"';
    const line = `umount -R /sys/fs/cgroup 2>/dev/null || :; ${hidden}`;
    const { code, stderr } = upWhere(line, scene.file);
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /:8:\d+ {2}nodes\.a\.processes\.p\.limits\.pids\n {2}found pids, but the controller pids of control groups is mounted nowhere/,
    );
    assertHostUnchanged(before, hostSnapshot(), { labs: [scene.name] });
  });

  it('are all where they are mounted read-only, as in a container', () => {
    const { root } = controller('pids')!;
    const scene = new Scene('name: x\nnodes:\n  a:\n    limits: { pids: 5 }\n');
    const line = `mount -o remount,ro,bind ${root} && exec "$@"`;
    const { code, stderr } = upWhere(line, scene.file);
    assert.equal(code, 1, stderr);
    assert.match(stderr, new RegExp(`found pids, but ${root} is mounted read-only here, as in a container`));
    assert.ok(!existsSync(groupOf(root, scene.name, '')));
  });
});
