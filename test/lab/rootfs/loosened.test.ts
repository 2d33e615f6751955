/** Mounts of a node that are remounted with fewer flags: seen, named, and put right, by `up` and by `up --watch`. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import {
  busyboxRoot,
  describeForUsers,
  inShort,
  netlab,
  probe,
  requireRoot,
  run,
  Scene,
  tempFolder,
  until,
} from '../../support/index.ts';

let folders = 0;

describeForUsers('the flags of mounts', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces', 'user namespaces of nobody');
    const source = join(tempFolder(), `flags-${++folders}`);
    mkdirSync(source);
    const mounts = (at: string): string =>
      `[{ type: bind, source: ${source}, target: ${at}, read_only: true, nosuid: true, nodev: true }]`;
    scene = new Scene(
      `
nodes:
  own: { rootfs: { dir: ${busyboxRoot(this)}, read_only: true }, mounts: ${mounts('/etc/app')}, processes: { p: { command: [/bin/sleep, '7901'] } } }
  plain: { masked_paths: default, mounts: ${mounts('/mnt')}, processes: { p: { command: [sleep, '7902'] } } }
`,
      'flags',
    );
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const pidOf = async (node: string): Promise<number> =>
    (await scene.status()).members.find(({ name }) => name === node)!.pid!;
  /** What findmnt says of a mount of a node's, the topmost at that point. */
  const options = (pid: number, point: string): string[] =>
    run('findmnt', ['-N', String(pid), '-n', '-o', 'VFS-OPTIONS', '-M', point])
      .trim()
      .split('\n')
      .at(-1)!
      .split(',');
  const loosen = async (): Promise<void> => {
    for (const [node, command] of [
      ['own', 'mount -o remount,bind,rw,suid,nodev /etc/app && mount -o remount,bind,rw /'],
      ['plain', 'mount -o remount,bind,ro,suid,nodev /mnt && mount -o remount,bind,rw,nosuid,nodev,noexec /proc/sys'],
    ] as const) {
      const { code, stderr } = await scene.exec(node, ['sh', '-c', command]);
      assert.equal(code, 0, stderr);
    }
  };
  const asMade = (own: number, plain: number): boolean =>
    (
      [
        [own, '/etc/app', ['ro', 'nosuid', 'nodev']],
        [own, '/', ['ro']],
        [plain, '/mnt', ['ro', 'nosuid', 'nodev']],
        [plain, '/proc/sys', ['ro']],
      ] as const
    ).every(([pid, point, flags]) => flags.every((flag) => options(pid, point).includes(flag)));

  it('are seen, named, and given back, and nothing else is touched', async () => {
    const [own, plain] = [await pidOf('own'), await pidOf('plain')];
    assert.ok(asMade(own, plain));
    await loosen();
    assert.ok(!options(own, '/').includes('ro'));
    const plan = await netlab(['plan', '--exit-code', scene.file]);
    assert.equal(plan.code, 3, plan.stderr);
    assert.deepEqual(inShort((await scene.up()).changes), [
      'update node own: mount /etc/app without ro, nosuid → /etc/app ro, nosuid: mount / without ro → / ro',
      'update node plain: mount /mnt without nosuid → /mnt nosuid: mount /proc/sys without ro → /proc/sys ro',
    ]);
    assert.ok(asMade(own, plain));
    assert.deepEqual([await pidOf('own'), await pidOf('plain')], [own, plain]);
    assert.notEqual((await scene.exec('own', ['touch', '/etc/app/x'])).code, 0);
    await scene.assertNothingToDo();
  });

  it('are given back under watch', async () => {
    const [own, plain] = [await pidOf('own'), await pidOf('plain')];
    let child: ChildProcess | undefined;
    const watching = netlab(['up', '--watch', scene.file], { onSpawn: (each) => (child = each) });
    let printed = '';
    child!.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await until(() => printed.includes('watching'), { timeout: 20_000 });
    await loosen();
    await until(() => asMade(own, plain), { timeout: 20_000 });
    child!.kill('SIGINT');
    await watching;
    await scene.assertNothingToDo();
  });
});
