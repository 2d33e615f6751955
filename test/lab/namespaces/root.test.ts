/** A root of the node's own in a user namespace: what belongs to root in the folder belongs to the node's root, and to nobody else outside. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';

import { busyboxRoot, probe, requireRoot, run, Scene, skip } from '../../support/index.ts';

describe('a root of its own in a user namespace', () => {
  let scene: Scene;
  let root: string;
  let untouched: string;
  const tree = (): string => run('find', [root, '-printf', '%P %s %T@ %m %U:%G\n']);
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces', 'user namespaces of nobody');
    root = busyboxRoot(this);
    untouched = tree();
    scene = new Scene(
      `nodes: { a: { isolation: [net, uts, mnt, pid, ipc, cgroup, user], rootfs: { dir: ${root} }, files: { /etc/motd: "mine\\n" } } }`,
      'userroot',
    );
    const { code, stderr } = await scene.tryUp();
    if (/idmap .*: (EINVAL|ENOSYS)/.test(stderr))
      skip(this, 'the file system of the temporary folder has no mapped mounts');
    assert.equal(code, 0, stderr);
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
    if (untouched !== undefined) assert.equal(tree(), untouched, 'the folder is only read');
  });
  const printed = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await scene.exec('a', ['sh', '-c', line]);
    assert.equal(code, 0, `${line}: ${stderr}`);
    return stdout;
  };

  it("is the node's root's, who is another outside", async () => {
    assert.equal(statSync(`${root}/bin/busybox`).uid, 0);
    assert.equal(await printed('stat -c %u:%g /bin/busybox /etc /etc/motd'), '0:0\n0:0\n0:0\n');
    assert.match(await printed('cat /proc/self/uid_map'), /^ +0 +100000 +65536$/m);
  });

  it('can be changed by him, in a layer of the node alone', async () => {
    await printed('echo changed >> /etc/passwd; rm /etc/group; mkdir -p /opt/new; chown 7:8 /opt/new');
    assert.equal(
      await printed('tail -n 1 /etc/passwd; stat -c %u:%g /opt/new; test -e /etc/group || echo gone'),
      'changed\n7:8\ngone\n',
    );
    assert.equal(tree(), untouched);
    await scene.assertNothingToDo();
  });
});
