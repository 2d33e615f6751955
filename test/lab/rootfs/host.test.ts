/** `rootfs: { host: true, copy_on_write: true }`: the machine's root, and all that is written to it stays in the node. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';

import {
  describeAsNobody,
  edited,
  inShort,
  probe,
  processNamed,
  requireRoot,
  run,
  Scene,
  skip,
} from '../../support/index.ts';

const LAB = `
nodes:
  a:
    rootfs: { host: true, copy_on_write: true }
    processes: { p: { command: [sleep, '15101'] } }
  b:
    rootfs: { host: true }
    processes: { p: { command: [sleep, '15102'] } }
`;

describe('rootfs: host', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
    scene = new Scene(LAB, 'host-root');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
    assert.ok(!existsSync('/etc/netlab-cow'));
  });
  const pid = (node: 'a' | 'b'): string =>
    processNamed(scene.name, `sleep 1510${node === 'a' ? 1 : 2}`)!.split('@')[0]!;
  const inside = (...argv: string[]): string => run('nsenter', ['-m', '-t', pid('a'), ...argv]);

  it('shows the machine, and keeps what is written', () => {
    const { passwd } = { passwd: readFileSync('/etc/passwd', 'utf8') };
    assert.equal(inside('cat', '/etc/passwd'), passwd);
    inside('sh', '-c', 'echo mine > /etc/netlab-cow; echo more >> /etc/passwd');
    assert.equal(inside('cat', '/etc/netlab-cow'), 'mine\n');
    assert.equal(inside('cat', '/etc/passwd'), `${passwd}more\n`);
    assert.equal(readFileSync('/etc/passwd', 'utf8'), passwd);
  });

  it('is an overlay at every file system of the machine, with a /dev of its own', () => {
    const types = readFileSync(`/proc/${pid('a')}/mountinfo`, 'utf8').matchAll(/ - (\S+) /g);
    const machine = [...types]
      .map(([, type]) => type)
      .filter((type) => !/^(overlay|proc|sysfs|tmpfs|devpts|mqueue)$/.test(type!));
    assert.deepEqual(machine, []);
    assert.equal(inside('stat', '-fc', '%T', '/'), 'overlayfs\n');
    assert.ok(!inside('ls', '/dev').includes('kmsg'));
  });

  it('is, without copy_on_write, what a node has anyway', async () => {
    assert.equal(run('stat', ['-Lc', '%d:%i', `/proc/${pid('b')}/root`]), run('stat', ['-c', '%d:%i', '/']));
    const first = pid('b');
    assert.deepEqual(await scene.become(edited(LAB, '    rootfs: { host: true }\n', '')), []);
    assert.equal(pid('b'), first);
  });

  it('comes and goes in a running lab', async () => {
    const changes = await scene.become(edited(LAB, '{ host: true }', '{ host: true, copy_on_write: true }'));
    assert.deepEqual(inShort(changes).slice(0, 1), [
      'update node b: rootfs the host → host, copy on write: masked_paths none → default',
    ]);
    assert.equal(run('stat', ['-fc', '%T', `/proc/${pid('b')}/root/`]), 'overlayfs\n');
    await scene.assertNothingToDo();
    await scene.become(LAB);
    assert.notEqual(run('stat', ['-fc', '%T', `/proc/${pid('b')}/root/`]), 'overlayfs\n');
  });
});

describe('rootfs: host, in a user namespace', () => {
  const TEXT = `
nodes:
  a:
    rootfs: { host: true, copy_on_write: true }
    isolation: [net, uts, mnt, pid, ipc, user]
    processes: { p: { command: [sleep, '15103'] } }
`;
  it("is the machine's, with owners of the node's own, and all that is written stays in the node", async function () {
    requireRoot(this);
    probe(this, 'pid namespaces', 'user namespaces of nobody');
    await using scene = new Scene(TEXT, 'host-ids');
    const { code, stderr } = await scene.tryUp();
    if (code !== 0) {
      assert.match(stderr, /nodes\.a\.rootfs\n.*idmap \/: EINVAL/);
      skip(this, 'the file system of / knows no other owners here (no idmapped mounts)');
    }
    const pid = processNamed(scene.name, 'sleep 15103')!.split('@')[0]!;
    assert.equal(statSync(`/proc/${pid}/root/etc/passwd`).uid, 100_000);
    const passwd = readFileSync('/etc/passwd', 'utf8');
    const { stdout } = await scene.exec('a', [
      'sh',
      '-c',
      'echo more >> /etc/passwd && tail -n 1 /etc/passwd; touch /usr/netlab-cow && stat -c %u /usr/netlab-cow /usr/bin/env; mknod /usr/disk b 254 0 2>/dev/null || echo refused',
    ]);
    assert.equal(stdout, 'more\n0\n0\nrefused\n');
    assert.equal(readFileSync('/etc/passwd', 'utf8'), passwd);
    assert.ok(!existsSync('/usr/netlab-cow'));
    await scene.assertNothingToDo();
  });

  describeAsNobody('is refused to an ordinary user', () => {
    it('by its line, with the reason', async function () {
      requireRoot(this);
      probe(this, 'user namespaces of nobody');
      const scene = new Scene(TEXT, 'host-nobody');
      const { code, stderr } = await scene.tryUp();
      assert.equal(code, 2, stderr);
      assert.match(
        stderr,
        /nodes\.a\.rootfs\.host\n +found a root that is the machine's, and only netlab as root can lay a layer over that: .*; take dir, tar or oci/,
      );
      scene.assertHostAsBefore();
    });
  });
});
