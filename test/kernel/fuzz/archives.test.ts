/**
 * Archives that were damaged on the way, or by malice: whatever is in one, it is unpacked into its folder or refused as what it is, and
 * nothing changes outside. Hostile entries are in most of them from the start.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ImageError } from '../../../src/errors.ts';
import { Intake, sourceOf } from '../../../src/image/intake.ts';
import { Unpacking } from '../../../src/image/layer.ts';
import { FUZZ_TIMEOUT, mutateBytes, seeds } from '../../support/fuzz.ts';
import { entryBytes, type EntryWords, requireRoot, tarOf } from '../../support/index.ts';
import { dice, type Dice, pick } from '../../support/random.ts';
import { workFolder } from '../image/unpacking.ts';
import { machineFolders } from './cage.ts';

describe('archives', function () {
  this.timeout(FUZZ_TIMEOUT);
  before(function () {
    requireRoot(this);
  });

  it('are unpacked where they shall, or refused', async () => {
    const work = workFolder();
    const outside = join(work, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret'), 'secret');
    const machine = machineFolders();
    const look = (): unknown =>
      [work, outside, join(outside, 'secret')].map((path) => {
        const { ino, nlink, size, mode, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
        return path === work ? [nlink, mode] : [ino, nlink, size, mode, mtimeNs, ctimeNs];
      });
    const tree = join(work, 'tree');
    let refused = 0;
    let tried = 0;
    for (const seed of seeds(400)) {
      const roll = dice(seed);
      const drawn = tarOf(Array.from({ length: 1 + roll(8) }, () => drawEntry(roll, outside)));
      const archive = roll(3) === 0 ? drawn : mutated(drawn, roll);
      mkdirSync(tree);
      const before = look();
      try {
        using unpacking = new Unpacking(tree, 'it');
        const intake = new Intake(sourceOf(once(archive)), 'it');
        await unpacking.add(intake, 'it', { whiteouts: roll(2) === 0, entries: 100 });
        unpacking.finish();
      } catch (error) {
        assert.ok(error instanceof ImageError, `NETLAB_SEED=${seed}: ${(error as Error).stack}`);
        refused++;
      }
      tried++;
      assert.deepEqual(look(), before, `NETLAB_SEED=${seed} has changed something outside`);
      clear(tree);
      assert.deepEqual(readdirSync(work).toSorted(), ['outside'], `NETLAB_SEED=${seed}`);
    }
    assert.deepEqual(machineFolders(), machine);
    assert.ok(refused > 0 && refused < tried, `${refused} of ${tried} were refused: nothing was tried`);
  });
});

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

const NAMES = [
  'a',
  'b',
  'a/b',
  'b/a',
  'a/b/c',
  '..',
  '../x',
  '.',
  '',
  '/',
  'a/../b',
  'a/',
  '.wh.a',
  'a/.wh..wh..opq',
  '.wh...',
  '.wh.',
];
const LETTERS = [
  '0',
  '0',
  '0',
  '1',
  '1',
  '2',
  '2',
  '2',
  '3',
  '4',
  '5',
  '5',
  '6',
  '7',
  'S',
  'L',
  'K',
  'x',
  'g',
  'D',
  '\0',
];

function drawEntry(roll: Dice, outside: string): EntryWords {
  const place = (): string =>
    pick(roll, [
      ...NAMES,
      `${outside}/secret`,
      outside,
      `${'../'.repeat(20)}${outside.slice(1)}`,
      '/proc/self/cwd',
      'a/secret',
    ]);
  return {
    name: place().slice(0, 100),
    type: pick(roll, LETTERS),
    target: place().slice(0, 100),
    content: pick(roll, ['', 'x', place(), '18 path=../outside\n', 'y'.repeat(600)]),
    mode: roll(0o10000),
    uid: roll(3) * 1000,
    ...(roll(4) > 0
      ? {}
      : {
          pax: {
            [pick(roll, ['path', 'linkpath', 'size', 'mtime', 'uid', 'GNU.sparse.map', 'SCHILY.xattr.user.a'])]:
              place(),
          },
        }),
  };
}

/** Bytes changed at random; and since a wrong checksum hides all the rest, most get a right one again. */
function mutated(archive: Buffer, roll: Dice): Buffer {
  const bytes = mutateBytes(archive, roll, [entryBytes({ name: 'c' })]);
  if (roll(4) === 0) return bytes;
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const header = bytes.subarray(at, at + 512);
    if (header.toString('latin1', 257, 262) !== 'ustar') continue;
    header.fill(0x20, 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
  return bytes;
}

function clear(folder: string): void {
  // By a program that is not ours.
  const { status } = spawnSync('rm', ['-rf', folder]);
  assert.equal(status, 0);
}
