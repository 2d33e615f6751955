/** `rootfs: { oci }` and `rootfs: { tar }` in labs: unpacked once, kept as long as a lab uses it, never left behind. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import {
  describeForUsers,
  netlab,
  onFreshHost,
  places,
  probe,
  processNamed,
  requireRoot,
  Scene,
  tarOf,
  treeLines,
  until,
} from '../../support/index.ts';
import { busybox, folder, nodes, open, roots, sh, SLEEP } from './busybox.ts';

// Beside others no test could say what of the store is its own: a root that is being made has no mark yet.
onFreshHost(import.meta.url, () => {
  describe('an image of umoci and skopeo', () => {
    let work: string;
    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'umoci', 'skopeo', 'python3', 'busybox', 'pid namespaces');
      work = folder();
      const layers = sh(work, `command -v busybox`).trim();
      sh(
        work,
        `exec 2>/dev/null
      umoci init --layout img && umoci new --image img:latest && umoci unpack --image img:latest one; cd one/rootfs
      mkdir -p bin etc proc sys dev var/cache opt/old home tmp; chmod 1777 tmp; touch etc/hosts etc/hostname
      cp ${layers} bin/busybox; ln -s busybox bin/sh; ln -s busybox bin/sleep; ln bin/busybox bin/second; chmod 4755 bin/busybox
      echo motd >etc/motd; echo c >var/cache/c; echo o >opt/old/o; echo keep >home/keep; chown 1000:1001 home/keep; mkfifo home/fifo
      python3 -c "import os; os.setxattr('home/keep', 'user.a', b'\\xff\\0'); os.setxattr('bin/sh', 'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'), follow_symlinks=True)"
      cd ../..; umoci repack --image img:latest one; umoci unpack --image img:latest two; cd two/rootfs
      rm -r var/cache opt/old etc/motd; echo file >opt/old; ln -s /nowhere etc/motd; ln home/keep etc/third
      cd ../..; umoci repack --image img:latest two; umoci config --image img:latest --config.entrypoint /bin/sleep --config.cmd 21001
      skopeo --insecure-policy copy -q oci:img:latest oci-archive:img.tar:2.1
      umoci unpack --image img:latest bundle`,
      );
    });

    it('comes up with exactly the tree that `umoci unpack` gives, whiteouts and hard links across layers and all', async () => {
      const expected = treeLines(join(work, 'bundle/rootfs'));
      for (const rootfs of [
        `{ oci: ${work}/img }`,
        `{ oci: ${work}/img.tar, tag: "2.1", platform: linux/${arch()} }`,
      ]) {
        await using scene = new Scene(`nodes: { a: { rootfs: ${rootfs}, processes: { main: {} } } }`, 'image');
        await scene.up();
        const [pid] = processNamed(scene.name, '/bin/sleep 21001')!.split('@');
        // Netlab's own: these are mounted over, and their folders on the way are the image's.
        const netlabs = /^b'\/(etc\/host(s|name)|proc|sys|dev)' /;
        const found = treeLines(`/proc/${pid}/root/`, 'unmounted').filter((line) => !netlabs.test(line));
        assert.deepEqual(
          found,
          expected.filter((line) => !netlabs.test(line)),
        );
        await scene.assertNothingToDo();
      }
      const text = expected.join('\n');
      assert.match(text, /'\/home\/keep' file 0o644 1000:1001 user\.a=ff00 .* same as b'\/etc\/third'/);
      assert.match(text, /'\/bin\/second' file 0o4755 0:0 security\.capability=.* same as b'\/bin\/busybox'/);
      assert.doesNotMatch(text, /cache/);
      assert.deepEqual(roots(), []);
    });
  });

  const arch = (): string => (process.arch === 'x64' ? 'amd64' : process.arch);

  describeForUsers('rootfs: oci and tar', () => {
    let root: string;
    let image: string;
    before(function () {
      ({ root, image } = busybox(this));
    });
    afterEach(() => assert.deepEqual(roots(), [], 'a root is left behind'));
    const oci = (): string => nodes(`{ oci: ${image} }`, SLEEP);

    it('is unpacked once for two labs, and goes with the second', async () => {
      await using one = new Scene(oci(), 'one');
      await using two = new Scene(oci() + '\n', 'two');
      await one.up();
      const made = roots();
      assert.equal(made.length, 2, made.join(' '));
      const { ino } = statSync(join(places().roots, made[0]!));
      await two.up();
      assert.deepEqual(roots(), made);
      assert.equal(statSync(join(places().roots, made[0]!)).ino, ino);
      await one.down();
      assert.deepEqual(roots(), made);
      assert.equal((await two.exec('a', ['cat', '/etc/os-release'])).code, 0);
    });

    it('tells what it has left out, once', async () => {
      const path = join(folder(), 'devices.tar');
      const busybox = readFileSync(join(root, 'bin/busybox'));
      writeFileSync(
        path,
        tarOf([
          { name: 'bin/sleep', content: busybox, mode: 0o755 },
          { name: 'dev/sda', type: '4', device: [8, 0], mode: 0o666 },
        ]),
      );
      open(path);
      await using scene = new Scene(nodes(`{ tar: ${path} }`, SLEEP), 'devices');
      const [warning] = (await scene.up()).warnings;
      assert.equal(warning?.message, "1 of its devices were left out (a node has netlab's own /dev)");
      assert.deepEqual((await scene.up()).warnings, []);
    });
  });

  describe('a root that takes a while to be unpacked', () => {
    let image: string;
    before(function () {
      ({ image } = busybox(this));
    });
    afterEach(() => assert.deepEqual(roots(), [], 'a root is left behind'));
    let path: string;
    before(() => {
      path = join(folder(), 'large.tar.gz');
      const zeros = Buffer.alloc(64 << 20);
      writeFileSync(path, gzipSync(tarOf([0, 1, 2].map((i) => ({ name: `f${i}`, content: zeros })))));
      open(path);
    });
    const large = (): string => nodes(`{ tar: ${path} }`, 'processes: {}');
    const unpacking = (): boolean => roots().some((name) => name.endsWith('.partial'));

    it('is interrupted by Ctrl-C, and nothing of it stays', async () => {
      await using scene = new Scene(large(), 'interrupted');
      const { code, stderr } = await scene.tryUp([], {
        onSpawn: (child) => void until(unpacking, { timeout: 20_000 }).then(() => child.kill('SIGINT')),
      });
      assert.equal(code, 130, stderr);
      assert.deepEqual(roots(), []);
      assert.ok(!existsSync(join(places().state, scene.name)));
    });

    it('is cleared away when its netlab was killed: by doctor --fix, or by who comes next', async () => {
      await using scene = new Scene(large(), 'killed');
      const kill = async (): Promise<void> => {
        await scene
          .tryUp([], {
            onSpawn: (child) => void until(unpacking, { timeout: 20_000 }).then(() => child.kill('SIGKILL')),
          })
          .catch(() => undefined);
        assert.ok(unpacking(), 'it was killed in the middle');
      };
      await kill();
      const found = await netlab(['doctor', '--fix', '--json']);
      const { leftovers } = JSON.parse(found.stdout) as {
        leftovers: { lab: string | null; what: string[]; removed: boolean }[];
      };
      assert.ok(
        leftovers.some(
          ({ lab, what, removed }) => lab === null && removed && what[0]!.startsWith(`${places().roots}/tar-`),
        ),
        found.stdout,
      );
      assert.deepEqual(roots(), []);
      await kill();
      scene.write(nodes(`{ oci: ${image} }`, SLEEP));
      await scene.up();
      assert.ok(!unpacking());
      assert.equal(roots().length, 2);
    });
  });
});
