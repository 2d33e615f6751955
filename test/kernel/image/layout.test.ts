/** Which image of a layout is meant, and what is refused in one. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { thisPlatform } from '../../../src/image/manifest.ts';
import { imageOrigin } from '../../../src/image/origin.ts';
import { OciLayout, requireRoot, run, sha256, tarOf } from '../../support/index.ts';
import { LIMITS, store, unpackImage, workFolder } from './unpacking.ts';

const layer = (text: string): Buffer => tarOf([{ name: 'etc/which', content: text }]);
const [, here = ''] = thisPlatform().split('/');
const other = here === 'arm64' ? 'amd64' : 'arm64';

describe('an OCI layout', () => {
  let layout: OciLayout;
  before(function () {
    requireRoot(this);
  });
  beforeEach(() => {
    layout = new OciLayout(join(workFolder(), 'layout'));
  });
  const which = async (...args: [tag?: string, platform?: string]): Promise<string> => {
    const [tag, platform] = args;
    const name = { ...(tag === undefined ? {} : { tag }), ...(platform === undefined ? {} : { platform }) };
    return readFileSync(join((await unpackImage(layout.path, name)).tree, 'etc/which'), 'utf8');
  };
  const refused = (message: RegExp, ...args: Parameters<typeof which>): Promise<void> =>
    assert.rejects(which(...args), { code: 'ERR_IMAGE', message });

  it('has images by their tags', async () => {
    layout.tag(layout.image([layer('one')]), 'one');
    assert.equal(await which(), 'one', 'the only image needs no tag');
    layout.tag(layout.image([layer('two')]), 'docker.io/library/two:2.0');
    assert.equal(await which('one'), 'one');
    assert.equal(await which('2.0'), 'two');
    await refused(/no image with the tag "onn": it has one, docker\.io\/library\/two:2\.0/, 'onn');
    await refused(/several images, and none with the tag latest: say which/);
    layout.tag(layout.image([layer('latest')]), 'latest');
    assert.equal(await which(), 'latest');
  });

  it('has images by platform, in an index within the index too', async () => {
    const of = (text: string, architecture: string, variant?: string) => ({
      ...layout.image([layer(text)], { config: { architecture, ...(variant === undefined ? {} : { variant }) } }),
      platform: { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) },
    });
    const nested = layout.index([
      { ...of('attest', 'unknown'), platform: { os: 'unknown', architecture: 'unknown' } },
      of('other', other),
      of('mine', here),
      of('v7', 'arm', 'v7'),
    ]);
    layout.tag(layout.index([nested]), 'all');
    assert.equal(await which('all'), 'mine');
    assert.equal(await which('all', `linux/${other}`), 'other');
    assert.equal(await which('all', 'linux/arm'), 'v7');
    assert.equal(await which('all', 'linux/arm/v7'), 'v7');
    await refused(/has no image for linux\/s390x: it has /, 'all', 'linux/s390x');
    const single = new OciLayout(join(workFolder(), 'single'));
    layout = single.tag(single.image([layer('x')], { config: { architecture: other } }));
    await refused(new RegExp(`an image for linux/${other}, and this machine is .*platform: linux/${other}`));
    assert.equal(await which(undefined, `linux/${other}`), 'x');
  });

  it('has an image without layers, and configurations of all kinds', async () => {
    layout.tag(layout.image([], { config: { config: null } }), 'empty');
    const origin = await imageOrigin(layout.path, {});
    assert.deepEqual(origin.config, { env: {}, entrypoint: [], command: [] });
    assert.ok(existsSync((await unpackImage(layout.path)).tree));
    const bad = async (config: Record<string, unknown>): Promise<string> => {
      const own = new OciLayout(join(workFolder(), 'bad'));
      own.tag(own.image([], { config: { config } }));
      return imageOrigin(own.path, {}).then(
        () => 'fine',
        (error: unknown) => (error as Error).message.replace(/^.* of \S+layout?\.?/, ''),
      );
    };
    assert.match(await bad({ Env: ['NOVALUE'] }), /Env\[0\] is "NOVALUE", expected NAME=VALUE/);
    assert.match(await bad({ Env: 'A=b' }), /Env is "A=b", expected a list/);
    assert.match(await bad({ WorkingDir: 'relative' }), /WorkingDir is "relative", expected an absolute path/);
    assert.match(await bad({ User: 'a b' }), /User is "a b", expected a user/);
    assert.match(await bad({ Entrypoint: [1] }), /Entrypoint\[0\] is 1, expected a text/);
    assert.equal(await bad({ Env: null, Entrypoint: null, Cmd: [], User: '', WorkingDir: '' }), 'fine');
  });

  it('is refused when it is none', async () => {
    const { path } = layout;
    await refused(/holds no image/);
    rmSync(join(path, 'index.json'));
    await refused(/is no OCI image layout: it has no oci-layout and index\.json/);
    rmSync(path, { recursive: true });
    await refused(/there is no file or folder /);
    writeFileSync(path, 'hello '.repeat(200));
    await refused(/is no tar archive/);
    writeFileSync(path, tarOf([{ name: 'x' }]));
    await refused(/is no OCI image layout/);
  });

  describe('that is damaged', () => {
    let image: ReturnType<OciLayout['image']>;
    const documents = (): { config: { digest: string }; layers: { digest: string; size: number }[] } =>
      JSON.parse(readFileSync(join(layout.path, 'blobs', image.digest.replace(':', '/')), 'utf8'));
    const blob = (digest: string): string => join(layout.path, 'blobs', digest.replace(':', '/'));
    beforeEach(() => {
      image = layout.image([layer('one'), layer('two')]);
      layout.tag(image, 'latest');
    });

    it('is refused where a blob is not what its digest says', async () => {
      const { config, layers } = documents();
      for (const [what, digest] of [
        ['layer 2 of 2', layers[1]!.digest],
        ['the configuration', config.digest],
        ['the manifest', image.digest],
      ] as const) {
        const bytes = readFileSync(blob(digest));
        const last = bytes.length - 9;
        bytes[last]! ^= 1;
        writeFileSync(blob(digest), bytes);
        await refused(new RegExp(`damaged: (${what} does not have its digest: found sha256:[0-9a-f]{64}|.*gzip says)`));
        bytes[last]! ^= 1;
        writeFileSync(blob(digest), bytes);
        appendFileSync(blob(digest), ' ');
        await refused(new RegExp(`damaged: ${what} \\(${digest}\\) has \\d+ bytes, not \\d+`));
        rmSync(blob(digest));
        await refused(new RegExp(`lacks ${what} \\(${digest}\\)`));
        writeFileSync(blob(digest), bytes);
      }
      assert.equal(await which(), 'two');
    });

    it('is refused where a layer unpacks to something else, and nothing of it is kept', async () => {
      const work = workFolder();
      layout = new OciLayout(join(work, 'layout'));
      const diff_ids = [sha256(layer('one')), sha256('else')];
      layout.tag(layout.image([layer('one'), layer('two')], { config: { rootfs: { type: 'layers', diff_ids } } }));
      await assert.rejects(store(work).hold(await imageOrigin(layout.path, {}), 'lab', { limits: LIMITS }), {
        code: 'ERR_IMAGE',
        message: /damaged: layer 2 of 2, unpacked, does not have its digest: found sha256:/,
      });
      assert.equal(run('ls', [work]), 'layout\n');
    });

    it('is refused where its documents make no sense', async () => {
      const index = join(layout.path, 'index.json');
      const said = async (text: string): Promise<string> => {
        writeFileSync(index, text);
        return which().catch((error: unknown) => {
          assert.equal((error as { code?: string }).code, 'ERR_IMAGE');
          return (error as Error).message;
        });
      };
      assert.match(await said('{'), /index\.json of \S+ is no JSON/);
      assert.match(await said('['.repeat(200_000)), /is no JSON/);
      assert.match(await said('[]'), /expected an object/);
      assert.match(await said('{"manifests": [1]}'), /manifests\[0\] is 1, expected an object/);
      assert.match(
        await said('{"manifests": [{"digest": "sha256:../../../../etc/passwd", "size": 4}]}'),
        /is no digest/,
      );
      assert.match(
        await said(`{"manifests": [{"digest": "${image.digest}", "size": -4}]}`),
        /size is -4, expected a size/,
      );
      assert.match(await said(`{"manifests": [{"digest": "${image.digest}", "size": 1e9}]}`), /too much for one/);
      assert.match(
        await said(`{"manifests": [{"digest": "${image.digest}", "size": ${image.size}, "mediaType": "text/html"}]}`),
        /is of the type text\/html, expected a manifest or an index/,
      );
      const { layers } = documents();
      const encrypted = layout.image([layer('x')], {
        manifest: { layers: [{ ...layers[0], mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted' }] },
      });
      assert.match(await said(JSON.stringify({ manifests: [encrypted] })), /expected a layer/);
      const fewer = layout.image([layer('x')], { manifest: { layers: [] } });
      assert.match(await said(JSON.stringify({ manifests: [fewer] })), /0 layers, and 1 digests/);
      const artifact = layout.image([], { manifest: { config: layout.blob({}, 'application/vnd.example+json') } });
      assert.match(await said(JSON.stringify({ manifests: [artifact] })), /holds no image to run/);
      let loop = layout.index([image]);
      for (let depth = 0; depth < 4; depth++) loop = layout.index([loop]);
      assert.match(await said(JSON.stringify({ manifests: [loop] })), /an index in an index in an index/);
    });
  });
});
