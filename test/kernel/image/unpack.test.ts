/** Unpacking tar archives into folders: as GNU tar does where they are right, and nowhere but there where they are not. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { type EntryWords, has, requireRoot, run, tarOf, treeLines } from '../../support/index.ts';
import { LIMITS, store, unpackTar, workFolder } from './unpacking.ts';
import { tarOrigin } from '../../../src/image/origin.ts';

describe('unpacking a tar archive', () => {
  before(function () {
    requireRoot(this);
  });

  it('gives what GNU tar gives', async () => {
    const work = workFolder();
    const from = join(work, 'from');
    mkdirSync(from);
    run('sh', [
      '-euc',
      `cd ${from}; mkdir -p a/b sticky; chmod 1777 sticky; chmod 2750 a; echo x >a/b/file; ln a/b/file a/hard; ln -s b/file a/soft
      ln -s /etc/passwd absolute; ln -s nowhere dangling; mkfifo pipe; echo s >suid; chown 33:44 suid a; chmod 4711 suid; chmod 0 a/b/file
      printf '' >"$(printf '\\377\\376 \\303\\251')"; truncate -s 1M holes; echo end >>holes; touch -h -d '2001-02-03 04:05:06.789' a/soft suid a
      ln absolute hard-to-symlink`,
    ]);
    run('python3', ['-c', `import os; os.setxattr(${JSON.stringify(`${from}/suid`)}, 'user.note', b'\\xff\\0')`]);
    const archive = join(work, 'it.tar');
    run('tar', ['-C', from, '--format=posix', '--sparse', '--xattrs', '-cf', archive, '.']);
    for (const pack of ['cat', 'gzip', ...(has('zstd') ? ['zstd -q'] : [])]) {
      run('sh', ['-c', `${pack} <${archive} >${archive}.packed`]);
      const { tree, leftOut } = await unpackTar(`${archive}.packed`);
      assert.deepEqual(treeLines(tree, 'mtime'), treeLines(from, 'mtime'), pack);
      assert.deepEqual(leftOut, { devices: 0, owners: 0, attributes: 0 });
      assert.ok(statSync(join(tree, 'holes')).blocks < 64, 'a hole has become zeros');
    }
  });

  it('makes the folders that an archive leaves out, and takes the last word of several', async () => {
    const { tree } = await unpackTar(
      tarOf([
        { name: 'a/b/c', content: '1' },
        { name: 'a/b/c', content: 'last', mode: 0o600 },
        { name: '/x//y/./z', content: 'abs' },
        { name: 'd', type: '5' },
        { name: 'd/in', content: '' },
        { name: 'd', content: 'a file now' },
        { name: 'e', content: '' },
        { name: 'e', type: '5', mode: 0o700 },
        { name: '.wh.x', content: 'no layer' },
      ]),
    );
    assert.equal(readFileSync(join(tree, 'a/b/c'), 'utf8'), 'last');
    assert.equal(readFileSync(join(tree, 'x/y/z'), 'utf8'), 'abs');
    assert.equal(readFileSync(join(tree, 'd'), 'utf8'), 'a file now');
    assert.equal(statSync(join(tree, 'a')).mode & 0o7777, 0o755);
    assert.equal(statSync(join(tree, 'e')).mode, 0o40700);
    assert.ok(existsSync(join(tree, '.wh.x')));
  });

  it('leaves devices out, and attributes that are the kernel’s', async () => {
    const { tree, leftOut } = await unpackTar(
      tarOf([
        { name: 'null', type: '3', device: [1, 3] },
        { name: 'whiteout', type: '3', device: [0, 0] },
        { name: 'disk', type: '4', device: [8, 0] },
        {
          name: 'a',
          type: '5',
          pax: {
            'SCHILY.xattr.trusted.overlay.opaque': 'y',
            'SCHILY.xattr.trusted.overlay.redirect': '/etc',
            'SCHILY.xattr.user.overlay.metacopy': '',
            'SCHILY.xattr.user.fine': 'x',
          },
        },
      ]),
    );
    assert.deepEqual(leftOut, { devices: 3, owners: 0, attributes: 3 });
    assert.deepEqual(readdirSync(tree), ['a']);
    assert.match(treeLines(tree).at(-1)!, /user\.fine=78$/);
  });

  it('belongs to the ids of a user namespace, where it is for one', async () => {
    // linux/capability.h: revision 2 (of any root) with CAP_NET_RAW, as setcap(8) writes it.
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    const range = (outside: number): { inside: number; outside: number; count: number }[] => [
      { inside: 0, outside, count: 1000 },
    ];
    const { tree, leftOut } = await unpackTar(
      tarOf([
        {
          name: 'way/ping',
          content: 'x',
          uid: 33,
          gid: 44,
          mode: 0o4755,
          pax: { 'SCHILY.xattr.security.capability': capability },
        },
        { name: 'link', type: '2', target: 'way', uid: 1 },
        { name: 'strange', content: 'x', uid: 5000, gid: 44, mode: 0o4755, pax: { 'SCHILY.xattr.user.a': 'b' } },
      ]),
      { ids: { uids: range(100_000), gids: range(200_000) } },
    );
    assert.deepEqual(leftOut, { devices: 0, owners: 1, attributes: 0 });
    const lines = treeLines(tree).map((line) => line.replace(/ \d+ [0-9a-f]{64}/, '').replace(/ same as .*/, ''));
    assert.deepEqual(lines, [
      "b'' folder 0o755 100000:200000 ",
      "b'/link' symlink 0o777 100001:200000  b'way'",
      "b'/strange' file 0o755 100000:200000 user.a=62",
      "b'/way' folder 0o755 100000:200000 ",
      // Revision 3, which names whose root it is: 100000.
      `b'/way/ping' file 0o4755 100033:200044 security.capability=0100000300200000000000000000000000000000a0860100`,
    ]);
    // The owner of the store lets that root in, and nobody else.
    const { mode, uid, gid } = statSync(dirname(tree));
    assert.deepEqual([mode & 0o777, uid, gid], [0o710, 0, 200_000]);
  });

  describe('that is hostile', () => {
    let work: string;
    let outside: string;
    beforeEach(() => {
      work = workFolder();
      outside = join(work, 'outside');
      mkdirSync(outside);
      writeFileSync(join(outside, 'secret'), 'secret');
    });

    /** Unpacks it into a store in `work` and says what came of it: nothing outside may have changed, be it refused or not. */
    const attempt = async (entries: EntryWords[] | Buffer): Promise<string> => {
      const path = join(work, 'evil.tar');
      writeFileSync(path, Buffer.isBuffer(entries) ? entries : tarOf(entries));
      const before = lookOutside();
      const roots = store(work);
      let said = 'unpacked';
      try {
        const { folder } = await roots.hold(await tarOrigin(path), 'lab', { limits: LIMITS });
        said = treeLines(folder).slice(1).join('\n');
        await roots.settle('lab', new Set());
      } catch (error) {
        said = (error as Error).message.replaceAll(path, 'evil.tar');
        assert.equal((error as { code?: string }).code, 'ERR_IMAGE', said);
      }
      assert.deepEqual(lookOutside(), before, said);
      assert.deepEqual(readdirSync(work).toSorted(), ['evil.tar', 'outside'], `left behind after: ${said}`);
      return said;
    };
    const lookOutside = (): unknown => {
      const [folder, secret] = [
        statSync(outside, { bigint: true }),
        statSync(join(outside, 'secret'), { bigint: true }),
      ];
      return [folder.ctimeNs, folder.nlink, secret.ctimeNs, secret.nlink, readdirSync(outside)];
    };
    const up = '../'.repeat(12);

    it('does not get out by ..', async () => {
      assert.match(await attempt([{ name: '../evil', content: 'x' }]), /would write outside of its root: \.\.\/evil/);
      assert.match(await attempt([{ name: `a/../../${up}etc/evil` }]), /outside of its root/);
      assert.match(await attempt([{ name: 'a', pax: { path: 'x/../../evil' } }]), /outside of its root/);
      assert.match(await attempt([{ name: '..', type: '5', mode: 0o777 }]), /outside of its root/);
    });

    it('does not get out by a symlink, be it absolute or not', async () => {
      const within = await attempt([
        { name: 'way', type: '2', target: outside },
        { name: 'way/evil', content: 'x' },
      ]);
      // An absolute symlink starts at the archive's own root, where nothing is.
      assert.match(within, /way: a symlink on the way leads nowhere/);
      assert.match(
        await attempt([
          { name: 'way', type: '2', target: `${up}${outside.slice(1)}` },
          { name: 'way/secret', content: 'x' },
        ]),
        /leads nowhere/,
      );
      const inside = await attempt([
        { name: 'way', type: '2', target: up },
        { name: 'way/evil', content: 'x' },
      ]);
      assert.match(inside, /^b'\/evil' file/, 'one that climbs over the root ends at the root');
      assert.match(
        await attempt([
          { name: 'loop', type: '2', target: 'loop' },
          { name: 'loop/x', content: '' },
        ]),
        /leads nowhere/,
      );
    });

    it('does not write through a symlink that stands where a file or folder shall', async () => {
      const target = join(outside, 'secret');
      const said = await attempt([
        { name: 'f', type: '2', target },
        { name: 'f', content: 'mine' },
        { name: 'd', type: '2', target: outside },
        { name: 'd', type: '5', mode: 0o777 },
        { name: 'd/x', content: '' },
        { name: 'p', type: '2', target },
        { name: 'p', type: '6' },
      ]);
      assert.match(said, /^b'\/d' folder.*\nb'\/d\/x' file.*\nb'\/f' file.*\nb'\/p' fifo/);
    });

    it('does not link to what is outside', async () => {
      const target = join(outside, 'secret');
      assert.match(await attempt([{ name: 'l', type: '1', target }]), /a hard link to nothing/);
      assert.match(await attempt([{ name: 'l', type: '1', target: `${up}etc/passwd` }]), /link to something outside/);
      assert.match(
        await attempt([
          { name: 'way', type: '2', target: outside },
          { name: 'l', type: '1', target: 'way/secret' },
        ]),
        /a hard link to nothing/,
      );
      const symlink = await attempt([
        { name: 'way', type: '2', target },
        { name: 'l', type: '1', target: 'way' },
        { name: 'l', content: 'x' },
      ]);
      assert.match(symlink, /^b'\/l' file/, 'a link to a symlink is that symlink, and is replaced');
      assert.match(
        await attempt([
          { name: 'd', type: '5' },
          { name: 'l', type: '1', target: 'd' },
        ]),
        /to a folder/,
      );
      assert.match(await attempt([{ name: 'l', type: '1', target: 'l' }]), /to nothing/);
    });

    it('does not reach files of ours by way of /proc', async () => {
      for (const way of ['/proc/self/root', '/proc/self/cwd', '/proc/self/fd/3'])
        assert.match(
          await attempt([
            { name: 'way', type: '2', target: way },
            { name: 'way/evil', content: '' },
          ]),
          /leads nowhere/,
        );
    });

    it('makes a name of any bytes, and of no more than a name may have', async () => {
      assert.match(await attempt([{ name: 'a', pax: { path: 'x'.repeat(300) } }]), /ENAMETOOLONG/);
      assert.match(await attempt([{ name: 'a', pax: { path: `${'d/'.repeat(3000)}x` } }]), /ENAMETOOLONG/);
      assert.match(await attempt([{ name: Buffer.from([0x61, 0xff, 0x0a, 0x1b]) }]), /^b'\/a\\xff\\n\\x1b' file/);
      assert.ok(!(await attempt([{ name: Buffer.from('\u001b[2J/../x') }])).includes('\u001b'));
    });

    it('does not become larger than it may', async () => {
      const bomb = gzipSync(tarOf([{ name: 'zeros', content: Buffer.alloc(64 << 20) }]));
      assert.ok(bomb.length < 1 << 17);
      const path = join(work, 'bomb.tar.gz');
      writeFileSync(path, bomb);
      const limits = { bytes: 10 << 20, entries: 10 };
      await assert.rejects(store(work).hold(await tarOrigin(path), 'lab', { limits }), {
        code: 'ERR_IMAGE',
        message: `${path} becomes more than 10485760 bytes when it is unpacked; more is allowed by max_size`,
      });
      const many = tarOf(Array.from({ length: 11 }, (_, i) => ({ name: `f${i}` })));
      await assert.rejects(unpackTar(many, { limits }), { code: 'ERR_IMAGE', message: /more than 10 entries/ });
      assert.deepEqual(readdirSync(work).toSorted(), ['bomb.tar.gz', 'outside']);
    });

    it('leaves nothing when it is damaged or cut short', async () => {
      const whole = tarOf([{ name: 'a/b', content: 'x'.repeat(2000) }, { name: 'c' }]);
      assert.match(await attempt(whole.subarray(0, 2000)), /cut short/);
      assert.match(await attempt(gzipSync(whole).subarray(0, 60)), /damaged: gzip says: unexpected end/);
      const flipped = gzipSync(whole);
      flipped[flipped.length - 6]! ^= 1;
      assert.match(await attempt(flipped), /damaged: gzip says: incorrect data check/);
      assert.match(await attempt(Buffer.from('hello '.repeat(200))), /no tar archive/);
    });
  });

  it('is interrupted, and leaves nothing', async () => {
    const path = join(workFolder(), 'it.tar');
    writeFileSync(
      path,
      tarOf(Array.from({ length: 50 }, (_, i) => ({ name: `d/f${i}`, content: 'x'.repeat(100_000) }))),
    );
    const controller = new AbortController();
    const roots = store(dirname(path));
    const onRead = (): void => controller.abort();
    await assert.rejects(
      roots.hold(await tarOrigin(path), 'lab', { limits: LIMITS, signal: controller.signal, onRead }),
      { code: 'ERR_INTERRUPTED' },
    );
    assert.deepEqual(readdirSync(dirname(path)), ['it.tar']);
    rmSync(path);
  });
});
