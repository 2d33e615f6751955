import assert from 'node:assert/strict';

import { palette } from '../../../src/cli/color.ts';
import { pad, table, width } from '../../../src/cli/table.ts';

describe('cli table', () => {
  it('lines columns up, two spaces apart, without trailing blanks', () => {
    const text = table(
      ['NODE', 'STATE'],
      [
        ['a', 'up'],
        ['long-name', ''],
      ],
    );
    assert.equal(text, ['NODE       STATE', 'a          up', 'long-name'].join('\n'));
  });

  it('leaves out a column that is empty everywhere', () => {
    assert.equal(table(['A', 'B', 'C'], [['1', '', '3']]), 'A  C\n1  3');
  });

  it('gives a cell of several lines several rows', () => {
    assert.equal(
      table(
        ['A', 'B'],
        [
          ['x', '1\n2'],
          ['y', '3'],
        ],
      ),
      'A  B\nx  1\n   2\ny  3',
    );
  });

  it('keeps a table without rows to its head', () => {
    assert.equal(table(['A', 'B'], []), '');
  });

  it('is not disturbed by colours', () => {
    const { red } = palette(true);
    const lines = table(
      ['A', 'B'],
      [
        [red('x'), '1'],
        ['yyy', '2'],
      ],
    ).split('\n');
    assert.deepEqual(lines, ['A    B', `${red('x')}    1`, 'yyy  2']);
  });

  it('counts columns as a terminal does', () => {
    assert.equal(width('abc'), 3);
    assert.equal(width('日本'), 4);
    assert.equal(width('e\u0301'), 1);
    assert.equal(width('→'), 1);
    assert.equal(width(palette(true).bold('ab')), 2);
    assert.equal(pad('日', 4), '日  ');
  });
});
