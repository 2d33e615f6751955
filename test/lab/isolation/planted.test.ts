/** What a node has planted in its own files: links, pipes and tables that are meant for whoever looks at them from outside. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';

import { edited, netlab, probe, requireRoot, Scene, tempFolder } from '../../support/index.ts';

describe('planted files', () => {
  it('no link in a folder of the node leads netlab out of it', async function () {
    requireRoot(this);
    probe(this, 'user namespaces of nobody');
    const bait = `${tempFolder()}/planted`;
    mkdirSync(`${bait}/folder`, { recursive: true });
    await using scene = new Scene(
      `
nodes:
  a:
    isolation: [net, uts, mnt, pid, ipc, user]
    files: { /etc/netlab-planted/own: "1" }
    processes: { p: { command: [sleep, '7611'] } }
`,
      'planted',
    );
    await scene.up();
    const planted = await scene.exec('a', [
      'sh',
      '-ec',
      `ln -s ${bait}/folder /etc/netlab-folder; ln -s ${bait}/file /etc/netlab-file`,
    ]);
    assert.equal(planted.code, 0, planted.stderr);
    for (const path of ['/etc/netlab-folder/file', '/etc/netlab-folder/deep/file', '/etc/netlab-file']) {
      scene.write(edited(scene.text, 'own: "1"', `own: "1", ${path}: "2"`));
      const { code, stderr } = await scene.tryUp();
      assert.equal(code, 1, stderr);
      assert.match(stderr, new RegExp(`${scene.file}:\\d+:\\d+  nodes\\.a\\.files\\.${path.replaceAll('.', '\\.')}`));
      scene.write(edited(scene.text, `, ${path}: "2"`, ''));
    }
    assert.deepEqual(readdirSync(bait, { recursive: true }), ['folder']);
    await scene.assertNothingToDo();
  });
});

describe('the tables of users', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
    scene = new Scene(
      `
nodes:
  a:
    rootfs: { host: true, copy_on_write: true }
    processes: { p: { command: [sleep, '7612'], user: nobody } }
`,
      'tables',
    );
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const become = (user: string) => netlab(['exec', '-l', scene.name, '-u', user, 'a', '--', 'id', '-u']);
  const inside = async (script: string): Promise<void> => {
    const { code, stderr } = await scene.exec('a', ['sh', '-ec', script]);
    assert.equal(code, 0, stderr);
  };
  const refused = async (user: string, what: RegExp): Promise<void> => {
    const { code, stdout, stderr } = await become(user);
    assert.deepEqual([code, stdout], [125, ''], stderr);
    assert.match(stderr, what);
  };

  it("a terminal is the node's own, and never one to which its links lead from outside", async () => {
    const bait = `${tempFolder()}/terminals`;
    mkdirSync(bait);
    writeFileSync(`${bait}/ptmx`, '');
    const command = ['exec', '-t', '-l', scene.name, 'a', '--', 'tty'];
    assert.match((await netlab(command)).stdout, /^\/dev\/pts\/\d+/);
    await inside(`umount /dev/pts; rmdir /dev/pts; ln -s ${bait} /dev/pts; mount -t tmpfs none ${bait}`);
    const { code, stderr } = await netlab(command);
    assert.equal(code, 125);
    assert.match(stderr, /open dev\/pts\/ptmx: No such file or directory/);
    await inside('rm /dev/pts; mkdir /dev/pts; mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts');
  });

  it('a number that means "as it is" to setuid, or that is none, is nobody', async () => {
    for (const user of ['4294967295', '4294967296', '18446744073709551616', '0:4294967295', 'nobody:4294967296'])
      await refused(user, /4294967295|4294967296|18446744073709551616/);
    const { stdout } = await become('4294967294');
    assert.equal(stdout, '4294967294\n');
  });

  it('a line whose number cannot be read makes nobody root', async () => {
    await inside('printf "empty:x::0::/:\\nword:x:zero:0::/:\\nall:x:4294967295:0::/:\\n" >> /etc/passwd');
    for (const user of ['empty', 'word', 'all']) await refused(user, new RegExp(`user ${user}`));
  });

  it('of a line that is too long the rest is no line', async () => {
    await inside('{ printf "long:x:1:1:%01015d:" 0; printf "x:x:0:0::/:\\n"; } >> /etc/passwd');
    await refused('x', /user x/);
  });

  it('nobody waits for a pipe, or reads a device for ever', async () => {
    for (const planted of ['mkfifo /etc/passwd', 'ln -s /dev/zero /etc/passwd', 'truncate -s 1T /etc/passwd']) {
      await inside(`rm -f /etc/passwd; ${planted}`);
      await refused('nobody', /user nobody/);
      const { stdout } = await become('1');
      assert.equal(stdout, '1\n');
      const again = await netlab(['restart', '-l', scene.name, 'a/p']);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /user nobody/);
    }
  });
});
