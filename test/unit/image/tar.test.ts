/** Reading tar archives: what GNU tar, Python and we ourselves have written, and what nobody should have. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { unpacked } from '../../../src/image/compression.ts';
import { Intake, sourceOf } from '../../../src/image/intake.ts';
import { nanoseconds, parsePax } from '../../../src/image/pax.ts';
import { type TarEntry, tarEntries } from '../../../src/image/tar.ts';
import { checked, entryBytes, type EntryWords, paxRecord, tarOf } from '../../support/archives.ts';
import { run } from '../../support/run.ts';

type Read = Omit<TarEntry, 'content'> & { readonly pieces: readonly [at: number, text: string][] };

/** Bytes in pieces of odd sizes, as they may come from anywhere. */
async function* inPieces(bytes: Buffer, size = 313): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(archive: Buffer, options: Parameters<typeof tarEntries>[2] = {}): Promise<Read[]> {
  const all: Read[] = [];
  const intake = new Intake(sourceOf(unpacked(inPieces(archive), 'it')), 'it');
  for await (const { content, ...entry } of tarEntries(intake, 'it', options)) {
    const pieces: [number, string][] = [];
    for await (const { at, bytes } of content()) {
      const last = pieces.at(-1);
      if (last !== undefined && last[0] + last[1].length === at) last[1] += bytes.toString('latin1');
      else pieces.push([at, bytes.toString('latin1')]);
    }
    all.push({ ...entry, pieces });
  }
  return all;
}

const refused = (archive: Buffer, message: RegExp, options = {}): Promise<void> =>
  assert.rejects(read(archive, options), { code: 'ERR_IMAGE', message });
const text = (entry: Read | undefined): string => entry?.pieces.map(([, each]) => each).join('') ?? '(none)';

describe('a tar archive', () => {
  it('is read entry by entry', async () => {
    const words: EntryWords[] = [
      { name: './', type: '5', mode: 0o755 },
      { name: './a', content: 'hello', mode: 0o4755, uid: 7, gid: 8, mtime: 1_234_567_890 },
      { name: './b', type: '1', target: 'a' },
      { name: './c', type: '2', target: '/a', mode: 0o777 },
      { name: './d', type: '3', device: [1, 3] },
      { name: './e', type: '6' },
      { name: './empty' },
    ];
    const found = await read(tarOf(words));
    assert.deepEqual(
      found.map(({ type, name, target }) => `${type} ${name} ${target}`),
      ['folder ./ ', 'file ./a ', 'link ./b a', 'symlink ./c /a', 'character ./d ', 'fifo ./e ', 'file ./empty '],
    );
    const [, file] = found;
    assert.equal(text(file), 'hello');
    assert.deepEqual(
      [file!.mode, file!.uid, file!.gid, file!.size, file!.mtime],
      [0o4755, 7, 8, 5, 1_234_567_890_000_000_000n],
    );
  });

  it('may be passed over without being read', async () => {
    const archive = tarOf([
      { name: 'a', content: 'x'.repeat(5000) },
      { name: 'b', content: 'b' },
    ]);
    const names: string[] = [];
    for await (const { name } of tarEntries(new Intake(sourceOf(inPieces(archive)), 'it'), 'it')) names.push(name);
    assert.deepEqual(names, ['a', 'b']);
  });

  it('says in extended headers what a header has no room for', async () => {
    const name = `${'d/'.repeat(100)}é`;
    const value = Buffer.from([0, 1, 0xff, 0x0a, 0x3d]);
    const [entry] = await read(
      tarOf([
        {
          name: 'short',
          content: 'x',
          pax: {
            path: name,
            uid: '3000000',
            gid: '3000001',
            mtime: '-1.5',
            'SCHILY.xattr.user.a': value,
            'SCHILY.xattr.security.capability': 'c',
          },
        },
      ]),
    );
    assert.equal(Buffer.from(entry!.name, 'latin1').toString(), name);
    assert.deepEqual([entry!.uid, entry!.gid, entry!.mtime], [3_000_000, 3_000_001, -1_500_000_000n]);
    assert.deepEqual(entry!.attributes.get('user.a'), value);
    assert.deepEqual([...entry!.attributes.keys()], ['user.a', 'security.capability']);
  });

  it('says of all that follows what stands in a global header', async () => {
    const records = Buffer.concat([paxRecord(['gid', '77']), paxRecord(['comment', 'git'])]);
    const archive = tarOf([
      { name: 'g', type: 'g', content: records },
      { name: 'a' },
      { name: 'b', pax: { gid: '5' } },
      { name: 'c' },
    ]);
    assert.deepEqual(
      (await read(archive)).map(({ name, gid }) => `${name} ${gid}`),
      ['a 77', 'b 5', 'c 77'],
    );
  });

  it('has numbers of GNU’s that eight digits cannot hold', async () => {
    const size = Buffer.alloc(12);
    size[0] = 0x80;
    size.writeBigUInt64BE(5n, 4);
    const header = entryBytes({ name: 'a', content: 'hello', size });
    // 2^31 as an owner, and a time before 1970.
    header.fill(0, 108, 116);
    header[108] = 0x80;
    header.writeUInt32BE(2 ** 31, 112);
    header.fill(0xff, 136, 148);
    const [entry] = await read(Buffer.concat([checked(header), Buffer.alloc(1024)]));
    assert.deepEqual([entry!.size, entry!.uid, entry!.mtime], [5, 2 ** 31, -1_000_000_000n]);
  });

  it('may have a file of more than two and of more than eight gigabytes', async () => {
    for (const size of [2 ** 31 + 5, 9 * 2 ** 30 + 1]) {
      const number = Buffer.alloc(12);
      number[0] = 0x80;
      number.writeBigUInt64BE(BigInt(size), 4);
      const before = entryBytes({ name: 'large', size: number });
      const after = tarOf([{ name: 'next' }]);
      const zeros = Buffer.alloc(16 << 20);
      const padded = Math.ceil(size / 512) * 512;
      const chunks = async function* (): AsyncGenerator<Buffer> {
        yield before;
        for (let left = padded; left > 0; left -= zeros.length) yield zeros.subarray(0, Math.min(left, zeros.length));
        yield after;
      };
      const found: [string, number][] = [];
      for await (const entry of tarEntries(new Intake(sourceOf(chunks()), 'it'), 'it'))
        found.push([entry.name, entry.size]);
      assert.deepEqual(found, [
        ['large', size],
        ['next', 0],
      ]);
    }
  });

  it('ends with an empty block, unless a digest tells that it is whole', async () => {
    const archive = tarOf([{ name: 'a', content: 'x' }], { end: false });
    await refused(archive, /^it has been cut short: it ends after 1024 bytes$/);
    assert.equal((await read(archive, { marked: false })).length, 1);
    await refused(Buffer.alloc(0), /cut short/);
  });

  it('is refused wherever it is cut off', async () => {
    const archive = tarOf([
      { name: 'a', content: 'x'.repeat(600), pax: { path: 'long' } },
      { name: 'b', type: '5' },
    ]);
    for (let length = 0; length < archive.length - 1024; length += 100)
      await refused(archive.subarray(0, length), /cut short/, { marked: true });
  });

  it('is refused when it is something else', async () => {
    await refused(Buffer.from('#!/bin/sh\n'.repeat(100)), /no tar archive/);
    await refused(Buffer.alloc(2048, 0xff), /no tar archive/);
    await refused(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0]), /packed with xz/);
    await refused(Buffer.from('BZh91AY&SY'), /packed with bzip2/);
    await refused(gzipSync(Buffer.from('hello')).subarray(0, 15), /gzip says: unexpected end of file/);
  });

  it('is refused when a header of it makes no sense', async () => {
    const broken = (change: (header: Buffer) => void): Buffer => {
      const entry = entryBytes({ name: 'a', content: 'x' });
      change(entry);
      return Buffer.concat([checked(entry), Buffer.alloc(1024)]);
    };
    await refused(
      broken((header) => header.write('99999999999', 124)),
      /a number in a header makes no sense/,
    );
    await refused(
      broken((header) => header.write('xyz', 100)),
      /a number in a header makes no sense/,
    );
    await refused(
      broken((header) => header.fill(0xff, 124, 136)),
      /a size of -1/,
    );
    await refused(
      broken((header) => header.fill(0xff, 125, 136).fill(0x80, 124, 125)),
      /a number in a header makes no sense/,
    );
    await refused(tarOf([{ name: 'a', pax: { size: '-5' } }]), /size=-5/);
    await refused(tarOf([{ name: 'a', pax: { path: 'a\0b' } }]), /NUL/);
    await refused(tarOf([{ name: 'x', type: 'x', content: 'garbage' }, { name: 'a' }]), /an extended header of it/);
    await refused(
      tarOf([{ name: 'L', type: 'L', size: 1 << 30 }, { name: 'a' }]),
      /an extended header of 1073741824 bytes/,
    );
  });

  describe('of GNU tar', () => {
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), 'netlab-tar-'))));
    after(() => rmSync(folder, { recursive: true, force: true }));
    const packed = (...args: string[]): Buffer => {
      run('tar', ['-C', folder, '-cf', join(folder, 'out.tar'), '--exclude', 'out.tar', ...args]);
      return Buffer.from(run('base64', ['-w0', join(folder, 'out.tar')]), 'base64');
    };

    for (const format of ['v7', 'oldgnu', 'gnu', 'ustar', 'posix']) {
      it(`in the format ${format} is the same`, async () => {
        const long = format === 'v7' || format === 'ustar' ? 'short' : 'x'.repeat(150);
        writeFileSync(join(folder, long), `content of ${format}`);
        const found = await read(packed(`--format=${format}`, long));
        assert.deepEqual(
          found.map((entry) => [entry.type, entry.name, text(entry)]),
          [['file', long, `content of ${format}`]],
        );
      });
    }

    for (const sparse of ['gnu --sparse', ...['0.0', '0.1', '1.0'].map((each) => `posix --sparse-version=${each}`)]) {
      it(`has a file with holes (${sparse})`, async () => {
        const file = join(folder, 'holes');
        writeFileSync(file, 'begin');
        truncateSync(file, 5_000_000_000);
        run('sh', ['-c', `printf middle | dd of=${file} bs=1 seek=3000000000 conv=notrunc 2>/dev/null`]);
        const [format, option = ''] = sparse.split(' ');
        const [entry] = await read(packed(`--format=${format}`, '--sparse', option, 'holes'));
        assert.equal(entry!.name, 'holes');
        assert.equal(entry!.size, 5_000_000_000);
        const kept = entry!.pieces
          .map(([at, each]) => [at, each.replaceAll('\0', '')])
          .filter(([, each]) => each !== '');
        assert.equal(kept.map(([, each]) => each).join('|'), 'begin|middle');
        const [, [at] = []] = kept;
        const [, piece] = entry!.pieces.find(([where]) => where === at)!;
        assert.equal(Number(at) + piece.indexOf('middle'), 3_000_000_000);
      });
    }
  });

  it('has no holes but where they can be', async () => {
    const holes = (map: string, size = '100'): Buffer =>
      tarOf([{ name: 'a', content: 'xxxx', pax: { 'GNU.sparse.map': map, 'GNU.sparse.size': size } }]);
    assert.deepEqual((await read(holes('10,2,50,2')))[0]!.pieces, [
      [10, 'xx'],
      [50, 'xx'],
    ]);
    for (const map of ['10,4,5,0', '10,2', '98,4', '0,2,1,2', '0,4,x', '0', '-1,4'])
      await refused(holes(map), /where the holes of a file are makes no sense/);
    await refused(holes('0,4', '3'), /where the holes/);
  });
});

describe('an extended header', () => {
  it('counts itself', () => {
    for (const length of [1, 5, 6, 7, 8, 90, 95, 96, 97, 98, 990, 1000]) {
      const value = 'x'.repeat(length);
      assert.equal(
        parsePax(paxRecord(['a', value]), 'it')
          .get('a')
          ?.toString(),
        value,
      );
    }
  });

  it('is refused unless its lengths are right', () => {
    for (const body of [
      '5 a=b',
      '6 a=b\n\n',
      '60 a=b\n',
      '0 a=b\n',
      '-6 a=b\n',
      '6  a=b\n',
      '4 ab\n',
      '99999999999 a=b\n',
      'a=b\n',
    ])
      assert.throws(() => parsePax(Buffer.from(body), 'it'), { code: 'ERR_IMAGE' }, body);
  });

  it('has times with fractions', () => {
    assert.equal(nanoseconds('1700000000.123456789'), 1_700_000_000_123_456_789n);
    assert.equal(nanoseconds('5'), 5_000_000_000n);
    assert.equal(nanoseconds('1.5'), 1_500_000_000n);
    assert.equal(nanoseconds('x'), undefined);
  });
});
