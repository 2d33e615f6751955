import { deepEqual, equal } from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { followLog, lastLines } from '../../../src/process/logs.ts';

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
