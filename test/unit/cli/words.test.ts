import assert from 'node:assert/strict';

import { age, ageOf, took } from '../../../src/cli/duration.ts';
import { lines } from '../../../src/cli/lines.ts';
import { commandLine, cut } from '../../../src/cli/words.ts';
import { count } from '../../../src/model/text.ts';

describe('cli words', () => {
  it('counts nouns', () => {
    assert.deepEqual(
      [count(1, 'bridge'), count(2, 'process'), count(0, 'node'), count(1, 'process')],
      ['1 bridge', '2 processes', '0 nodes', '1 process'],
    );
  });

  it('prints commands as they would be typed, and no control characters', () => {
    assert.equal(commandLine(['sh', '-c', "echo 'a b'; exit 3"]), `sh -c 'echo '\\''a b'\\''; exit 3'`);
    assert.equal(commandLine(['printf', '\x1b[31m\n']), "printf ' [31m '");
    assert.equal(cut('abcdef', 4), 'abc…');
    assert.equal(cut('abcd', 4), 'abcd');
  });

  it('says how long something took', () => {
    assert.deepEqual([0, 4, 312, 9_994, 12_400, 99_940, 123_000].map(took), [
      '0.00 s',
      '0.00 s',
      '0.31 s',
      '9.99 s',
      '12.4 s',
      '99.9 s',
      '2 min 03 s',
    ]);
  });

  it('says how old something is, in two units', () => {
    assert.deepEqual([-1, 42.9, 187, 3_600, 19_200, 273_600].map(age), [
      '0 s',
      '42 s',
      '3 min 07 s',
      '1 h 00 min',
      '5 h 20 min',
      '3 d 4 h',
    ]);
    assert.equal(ageOf('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:01:05Z')), '1 min 05 s');
    assert.equal(ageOf(''), '');
  });

  it('makes lines of chunks', async () => {
    async function* chunks(): AsyncGenerator<string> {
      yield* ['one\ntw', 'o\n', '\nfour'];
    }
    const got: string[] = [];
    for await (const line of lines(chunks())) got.push(line);
    assert.deepEqual(got, ['one', 'two', '', 'four']);
  });
});
