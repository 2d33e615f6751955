/** What an edit of a lab, or of its image, makes of a root; and what is refused. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { netlab, OciLayout, onFreshHost, places, processNamed, run, Scene, tarOf } from '../../support/index.ts';
import { busybox, folder, nodes, open, roots, sh, SLEEP, whats } from './busybox.ts';

// Beside others no test could say what of the store is its own: a root that is being made has no mark yet.
onFreshHost(import.meta.url, () => {
  describe('rootfs: oci and tar, edited', () => {
    let image: string;
    let archive: string;
    before(function () {
      ({ image, archive } = busybox(this));
    });
    afterEach(() => assert.deepEqual(roots(), [], 'a root is left behind'));
    const oci = (): string => nodes(`{ oci: ${image} }`, SLEEP);
    const tar = (): string => nodes(`{ tar: ${archive} }`, SLEEP);

    it('is another root when the image has other layers: plan says so, the node starts anew, and the old one goes', async () => {
      const own = join(folder(), 'image');
      cpSync(image, own, { recursive: true });
      await using scene = new Scene(nodes(`{ oci: ${own} }`, SLEEP), 'edited');
      await scene.up();
      const [before] = roots();
      sh(
        own,
        `umoci unpack --image .:latest ../bundle >/dev/null; echo new >../bundle/rootfs/etc/new; umoci repack --image .:latest ../bundle 2>/dev/null; chmod -R a+rX .`,
      );
      const { stdout } = await netlab(['plan', scene.file]);
      assert.match(
        stdout,
        /rootfs: oci \S+\/image \(oci-[0-9a-f]{12}\), copy on write → oci \S+\/image \(oci-[0-9a-f]{12}\)/,
      );
      assert.deepEqual(whats((await scene.up()).changes), ['update node a', 'replace process a/main']);
      const [after] = roots();
      assert.notEqual(after, before);
      assert.equal(roots().length, 2);
      assert.equal((await scene.exec('a', ['cat', '/etc/new'])).stdout, 'new\n');
      await scene.assertNothingToDo();
    });

    it('tells a process alone when the image says something else of it', async () => {
      const own = join(folder(), 'image');
      cpSync(image, own, { recursive: true });
      await using scene = new Scene(nodes(`{ oci: ${own} }`, 'processes: { main: {}, other: { command: [sleep, "21003"], env: { GREETING: mine } } }'), 'config'); // prettier-ignore
      await scene.up();
      const [made] = roots();
      const sleep = processNamed(scene.name, 'sleep 21003');
      sh(
        own,
        `umoci config --image .:latest --config.cmd=-p --config.cmd 81 --config.env GREETING=hi; chmod -R a+rX .`,
      );
      const changes = await scene.up();
      assert.deepEqual(whats(changes.changes), ['update process a/main']);
      assert.equal(processNamed(scene.name, 'sleep 21003'), sleep, 'the other goes on');
      assert.notEqual(processNamed(scene.name, '/bin/httpd -f -p 81'), undefined);
      assert.equal(roots()[0], made);
      // And other arguments than the image's.
      assert.deepEqual(whats(await scene.become(scene.text.replace('main: {}', 'main: { args: ["-p", "82"] }'))), [
        'update process a/main',
      ]);
      assert.notEqual(processNamed(scene.name, '/bin/httpd -f -p 82'), undefined);
      await scene.assertNothingToDo();
    });

    it('belongs to the node in a user namespace: another root of the same image', async () => {
      const user = oci().replace('a: {', 'a: { isolation: [net, uts, mnt, pid, ipc, user],');
      await using scene = new Scene(user, 'user');
      await scene.up();
      const said = async (command: string): Promise<string> =>
        (await scene.exec('a', ['sh', '-c', command])).stdout.trim();
      const [pid] = processNamed(scene.name, 'sleep 21002')!.split('@');
      assert.equal(run('stat', ['-c', '%u', `/proc/${pid}/root/bin/busybox`]), '100000\n');
      assert.equal(
        await said('stat -c %u:%g /bin/busybox /etc; echo mine > /etc/own && cat /etc/own'),
        '0:0\n0:0\nmine',
      );
      await scene.assertNothingToDo();
      assert.match(roots()[0]!, /^oci-[0-9a-f]{64}-[0-9a-f]{12}$/);
      await scene.become(oci());
      assert.match(roots()[0]!, /^oci-[0-9a-f]{64}$/);
      assert.equal(roots().length, 2);
    });

    it('is a tar archive, by what is in it and not by its name', async () => {
      await using scene = new Scene(tar(), 'tar');
      await scene.up();
      assert.equal((await scene.exec('a', ['cat', '/etc/motd'])).stdout, 'a root of its own\n');
      await scene.assertNothingToDo();
      const copy = join(folder(), 'copy');
      cpSync(archive, copy);
      open(copy);
      const made = roots();
      assert.deepEqual(whats(await scene.become(nodes(`{ tar: ${copy} }`, SLEEP))), [
        'update node a',
        'replace process a/main',
      ]);
      assert.deepEqual(roots(), made, 'the same content is the same root');
      rmSync(copy);
      const { code, stderr } = await netlab(['plan', scene.file]);
      assert.equal(code, 2);
      assert.match(stderr, /:2:\d+ {2}nodes\.a\.rootfs\.tar\n {2}there is no file \S+\/copy/);
    });

    it('gives the other one back when a lab goes from one to the other, and all with --keep of a failed one', async () => {
      await using scene = new Scene(oci(), 'both');
      await scene.up();
      assert.match(roots()[0]!, /^oci-/);
      await scene.become(tar());
      assert.match(roots()[0]!, /^tar-/);
      assert.equal(roots().length, 2);
      // It fails, and is undone: what is there is what was.
      scene.write(oci().replace('[sleep, "21002"]', '[/no/such/program]'));
      assert.equal((await scene.tryUp()).code, 1);
      assert.match(roots()[0]!, /^tar-/);
      assert.equal(roots().length, 2);
      assert.equal((await scene.exec('a', ['cat', '/etc/motd'])).stdout, 'a root of its own\n');
    });

    it('is refused with its line when it is not there, or is none', async () => {
      const lines = async (rootfs: string): Promise<string> => {
        await using scene = new Scene(`nodes:\n  a:\n    rootfs: ${rootfs}\n    ${SLEEP}\n`, 'refused');
        const { code, stderr } = await scene.tryUp();
        assert.equal(code, 2, stderr);
        assert.equal(await scene.summary(), undefined);
        return stderr.replaceAll(scene.file, 'FILE').trim();
      };
      assert.equal(
        await lines('{ oci: /no/such }'),
        'FILE:4:20  nodes.a.rootfs.oci\n  there is no file or folder /no/such',
      );
      assert.match(
        await lines(`{ oci: ${image}, tag: v7 }`),
        /^FILE:4:20 .*\n {2}\S+ has no image with the tag "v7": it has latest$/,
      );
      assert.match(
        await lines(`{ oci: ${image}, platform: linux/s390x }`),
        /has no image for linux\/s390x: it has linux/,
      );
      assert.match(await lines('{ tar: /etc }'), /\/etc is no file; for a folder: dir: \/etc/);
      assert.match(await lines(`{ oci: /etc }`), /\/etc is no OCI image layout/);
    });

    it('is refused with its line when it is damaged or hostile, and nothing of it is kept', async () => {
      const attempt = async (rootfs: string): Promise<string> => {
        await using scene = new Scene(`nodes:\n  a:\n    rootfs: ${rootfs}\n    ${SLEEP}\n`, 'damaged');
        const { code, stderr } = await scene.tryUp();
        assert.equal(code, 1, stderr);
        assert.equal(await scene.summary(), undefined);
        assert.ok(!existsSync(join(places().state, scene.name)));
        assert.deepEqual(roots(), []);
        return stderr.replaceAll(scene.file, 'FILE').trim();
      };
      const own = join(folder(), 'layout');
      const layout = new OciLayout(own);
      const good = tarOf([{ name: 'bin/x', content: 'x'.repeat(5000) }]);
      layout.tag(layout.image([good, good], { config: { rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`, `sha256:${'1'.repeat(64)}`] } } })); // prettier-ignore
      const path = join(folder(), 'evil.tar');
      writeFileSync(path, tarOf([{ name: '../../evil', content: 'x' }]));
      open(own);
      open(path);
      assert.match(
        await attempt(`{ oci: ${own} }`),
        /^FILE:4:20 {2}nodes\.a\.rootfs\.oci\n {2}\S+ is damaged: layer 1 of 2, unpacked, does not have its digest/,
      );
      assert.match(
        await attempt(`{ tar: ${path} }`),
        /^FILE:4:20 {2}nodes\.a\.rootfs\.tar\n {2}\S+ would write outside of its root: \.\.\/\.\.\/evil$/,
      );
      assert.match(await attempt(`{ tar: ${archive}, max_size: 100k }`), /becomes more than 102400 bytes .* max_size$/);
    });
  });
});
