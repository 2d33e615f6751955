import { deepEqual, equal } from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { followLog, lastLines } from '../../../src/process/logs.ts';

/** What a follower is given, up to a number of bytes. */
async function followed(path: string, offset: number, length: number): Promise<string> {
  const stop = new AbortController();
  let text = '';
  for await (const piece of followLog(path, offset, stop.signal)) {
    text += String(piece);
    if (text.length >= length) stop.abort();
  }
  return text;
}

describe('logs', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'netlab-logs-'));
    path = join(folder, 'web.log');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('gives the last lines and where they end', () => {
    writeFileSync(path, 'a\nb\nc\n');
    deepEqual(lastLines(path, 2), { lines: ['b', 'c'], offset: 6 });
    deepEqual(lastLines(path, 9).lines, ['a', 'b', 'c']);
    deepEqual(lastLines(path, 0).lines, []);
  });

  it('gives those after an offset alone, and all when the log has begun anew since', () => {
    writeFileSync(path, 'a\nb\nc\n');
    deepEqual(lastLines(path, 9, 4), { lines: ['c'], offset: 6 });
    deepEqual(lastLines(path, 9, 6).lines, []);
    deepEqual(lastLines(path, 9, 7).lines, ['a', 'b', 'c']);
  });

  it('counts a last line that is not finished, and empty lines', () => {
    writeFileSync(path, 'a\n\nhalf');
    deepEqual(lastLines(path, 2).lines, ['', 'half']);
  });

  it('finds lines that are longer than a block', () => {
    const long = 'x'.repeat(100_000);
    writeFileSync(path, `first\n${long}\n${long}\nlast\n`);
    deepEqual(
      lastLines(path, 3).lines.map((line) => line.length),
      [100_000, 100_000, 4],
    );
  });

  it('takes a log that does not exist as empty', () => {
    deepEqual(lastLines(path, 5), { lines: [], offset: 0 });
  });

  describe('of which a part has been moved', () => {
    // `a b c d e f`, two bytes each: a has been dropped.
    beforeEach(() => {
      writeFileSync(`${path}.2`, 'b\nc\n');
      writeFileSync(`${path}.6`, 'd\n');
      writeFileSync(path, '\0\0\0\0\0\0\0\0e\nf\n');
      // Of another process, and of nobody.
      writeFileSync(join(folder, 'web.log.2.log'), 'x\n');
      writeFileSync(`${path}.old`, 'x\n');
      writeFileSync(`${path}.010`, 'x\n');
    });

    it('gives the last lines across files', () => {
      deepEqual(lastLines(path, 1), { lines: ['f'], offset: 12 });
      deepEqual(lastLines(path, 3).lines, ['d', 'e', 'f']);
      deepEqual(lastLines(path, 9).lines, ['b', 'c', 'd', 'e', 'f']);
    });

    it('follows from an offset in any of them', async () => {
      for (const [offset, all] of [
        [2, 'b\nc\nd\ne\nf\n'],
        [6, 'd\ne\nf\n'],
        [10, 'f\n'],
      ] as const)
        equal(await followed(path, offset, all.length), all);
    });

    it('tells how much is missing, and goes on', async () => {
      const note = '\nnetlab: 2 bytes were printed faster than they were read, and are not kept\n';
      equal(await followed(path, 0, note.length + 10), `${note}b\nc\nd\ne\nf\n`);
    });

    it('begins with the log where nothing that was moved is kept', () => {
      rmSync(`${path}.2`);
      rmSync(`${path}.6`);
      writeFileSync(`${path}.8`, '');
      deepEqual(lastLines(path, 9).lines, ['e', 'f']);
    });

    it('is new after the program has cut it short', () => {
      writeFileSync(path, 'new\n');
      deepEqual(lastLines(path, 9).lines, ['new']);
    });
  });

  it('follows what is appended, from before the file exists, through a truncation, until aborted', async () => {
    const stop = new AbortController();
    const pieces = followLog(path, 0, stop.signal);
    const first = pieces.next();
    writeFileSync(path, 'one');
    equal(String((await first).value), 'one');
    appendFileSync(path, ' two');
    equal(String((await pieces.next()).value), ' two');
    const third = pieces.next();
    truncateSync(path);
    appendFileSync(path, 'new');
    equal(String((await third).value), 'new');
    const last = pieces.next();
    stop.abort();
    equal((await last).done, true);
  });
});
