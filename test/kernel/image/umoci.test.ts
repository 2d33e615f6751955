/** Images as umoci and skopeo write them come up as the tree that `umoci unpack` gives. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { imageOrigin } from '../../../src/image/origin.ts';
import { OciLayout, probe, requireRoot, run, tarOf, treeLines } from '../../support/index.ts';
import { unpackImage, workFolder } from './unpacking.ts';

const sh = (folder: string, script: string): string => run('sh', ['-euc', `cd ${folder}\n${script}`]);
/** The tree that umoci gives. */
const byUmoci = (folder: string, image: string, bundle: string): string[] => {
  sh(folder, `umoci unpack --image ${image} ${bundle} 2>&1`);
  return treeLines(join(folder, bundle, 'rootfs'));
};

describe('an image', () => {
  let work: string;
  before(function () {
    requireRoot(this);
    probe(this, 'umoci', 'python3');
  });

  describe('made by umoci', () => {
    before(() => {
      work = workFolder();
      sh(
        work,
        `exec 2>/dev/null
        umoci init --layout img && umoci new --image img:latest
        umoci unpack --image img:latest one; cd one/rootfs
        mkdir -p bin etc var/cache opt/old home tmp; chmod 1777 tmp
        cp /bin/cat bin/busybox; ln -s busybox bin/sh; ln bin/busybox bin/ls; chmod 4755 bin/busybox
        echo motd >etc/motd; echo cached >var/cache/c; echo old >opt/old/o; echo keep >home/keep; ln home/keep home/second
        mkfifo home/fifo; chown 1000:1001 home/keep; echo odd >"$(printf 'home/\\377\\376')"
        python3 -c "import os; os.setxattr('home/keep', 'user.a', b'\\xff\\0'); os.setxattr('bin/busybox', 'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'))"
        cd ../..; umoci repack --image img:latest one
        umoci unpack --image img:latest two; cd two/rootfs
        rm -r var/cache opt/old etc/motd; echo 'a file now' >opt/old; ln -s /nowhere etc/motd; ln home/keep etc/third; rm home/fifo; chmod 700 tmp
        cd ../..; umoci repack --image img:latest two
        umoci config --image img:latest --config.entrypoint /bin/sh --config.entrypoint=-c --config.cmd 'echo hi' --config.env A=b=c \
          --config.workingdir /home --config.user 1000:1001 --config.stopsignal SIGINT`,
      );
    });

    it('has the tree of umoci, with a whiteout and a hard link across layers', async () => {
      const { tree, leftOut } = await unpackImage(join(work, 'img'), { tag: 'latest' });
      const expected = byUmoci(work, 'img:latest', 'three');
      assert.deepEqual(treeLines(tree), expected);
      assert.deepEqual(leftOut, { devices: 0, owners: 0, attributes: 0 });
      // The oracle has seen what this is about.
      const text = expected.join('\n');
      assert.match(text, /'\/home\/second' file .* user\.a=ff00 .* same as b'\/etc\/third'/);
      assert.match(text, /'\/bin\/ls' .* security\.capability=0100/);
      assert.match(text, /'\/opt\/old' file/);
      assert.doesNotMatch(text, /cache|fifo/);
    });

    it('says what its programs are to be', async () => {
      const { config } = await imageOrigin(join(work, 'img'), {});
      assert.deepEqual(config, {
        env: { A: 'b=c' },
        entrypoint: ['/bin/sh', '-c'],
        command: ['echo hi'],
        user: '1000:1001',
        workdir: '/home',
        stopSignal: 'SIGINT',
      });
    });

    for (const [what, to, options] of [
      ['an archive', 'oci-archive:img.tar:latest', ''],
      ['zstd', 'oci:zstd:v1', '--dest-compress-format zstd'],
      ['docker’s media types', 'dir:as-docker', '--format v2s2'],
    ] as const) {
      it(`is the same when skopeo has copied it (${what})`, async function () {
        probe(this, 'skopeo');
        if (what === 'zstd') probe(this, 'zstd');
        const path = join(work, to.split(':')[1]!);
        sh(work, `skopeo --insecure-policy copy -q ${options} oci:img:latest ${to}`);
        const origin = await imageOrigin(join(work, 'img'), {});
        if (to.startsWith('dir:')) {
          // No layout, but the documents are docker's: they are put into one.
          const layout = new OciLayout(join(work, 'docker'));
          for (const name of readdirSync(path).filter((each) => /^[0-9a-f]{64}$/.test(each)))
            sh(work, `cp as-docker/${name} docker/blobs/sha256/`);
          const manifest = Buffer.from(sh(work, 'cat as-docker/manifest.json'));
          layout.tag(layout.blob(manifest, 'application/vnd.docker.distribution.manifest.v2+json'));
        }
        const { tree } = await unpackImage(to.startsWith('dir:') ? join(work, 'docker') : path);
        assert.deepEqual(treeLines(tree), byUmoci(work, 'img:latest', `bundle-${to.split(':')[0]}-${options.length}`));
        assert.equal((await imageOrigin(to.startsWith('dir:') ? join(work, 'docker') : path, {})).id, origin.id);
      });
    }
  });

  it('has the tree of umoci where layers undo one another', async () => {
    work = workFolder();
    const layout = new OciLayout(join(work, 'img'));
    const layers = [
      tarOf([
        { name: 'usr/bin', type: '5', mode: 0o755 },
        { name: 'usr/bin/a', content: 'a' },
        { name: 'bin', type: '2', target: 'usr/bin' },
        { name: 'full', type: '5', mode: 0o755 },
        { name: 'full/one', content: '1' },
        { name: 'full/sub/two', content: '2' },
        { name: 'gone/deep/er', content: '3' },
        { name: 'was-folder/x', content: '4' },
        { name: 'was-file', content: '5' },
        { name: 'link-me', content: 'linked', uid: 5, gid: 6, mode: 0o640 },
        { name: 'nowhere', type: '2', target: '/does/not/exist' },
      ]),
      tarOf([
        // By the symlink of the layer below; a link to a file that only the layer below has.
        { name: 'bin/b', content: 'b' },
        { name: 'linked', type: '1', target: 'link-me', uid: 5, gid: 6, mode: 0o640 },
        { name: 'bin/linked-too', type: '1', target: 'usr/bin/a' },
        { name: 'full/new', content: 'new' },
        { name: 'full/sub/mine', content: 'mine' },
        { name: 'full/.wh..wh..opq' },
        { name: '.wh.gone' },
        { name: '.wh.never-was' },
        { name: 'was-folder', content: 'a file' },
        { name: 'was-file', type: '5', mode: 0o750 },
        { name: 'was-file/x', content: 'in it' },
      ]),
      tarOf([
        { name: '.wh.nowhere' },
        { name: 'full/sub/.wh.mine' },
        { name: 'usr', type: '5', mode: 0o711, uid: 9 },
        { name: 'link-me', content: 'another now' },
      ]),
    ];
    layout.tag(layout.image(layers), 'latest');
    const { tree } = await unpackImage(layout.path);
    assert.deepEqual(treeLines(tree), byUmoci(work, 'img:latest', 'bundle'));
  });
});
