/** Whatever a good file becomes by accident, a TopologyError says so, or it is a good file still. Nothing else comes out. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { TopologyError } from '../../../src/errors.ts';
import { loadTopologyText } from '../../../src/topology/load.ts';
import { dice, type Dice } from '../../support/random.ts';

const folder = new URL('../../../../topologies/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

const WORDS = [
  '~',
  '[]',
  '{}',
  '5',
  '-1',
  '1e99',
  '.nan',
  '""',
  'true',
  '10.0.0.1/24',
  'fd00::1/64',
  'host',
  'lo',
  '${X}',
  '*a',
  '&a',
  '!x',
  '<<: 1',
];
const SIGNS = '{}[]:,&*!|>"\'%@`#-?\t\n \0x';

function mutate(text: string, roll: Dice): string {
  const at = roll(text.length);
  switch (roll(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + roll(8));
    case 1:
      return text.slice(0, at) + SIGNS[roll(SIGNS.length)]! + text.slice(at);
    case 2: {
      // One word replaced by another.
      const words = [...text.matchAll(/[^\s{}[\],:#'"]+/g)];
      const word = words[roll(words.length)]!;
      return text.slice(0, word.index) + WORDS[roll(WORDS.length)]! + text.slice(word.index + word[0].length);
    }
    case 3: {
      const lines = text.split('\n');
      lines.splice(roll(lines.length), 1);
      return lines.join('\n');
    }
    case 4: {
      const lines = text.split('\n');
      lines.splice(roll(lines.length), 0, lines[roll(lines.length)]!);
      return lines.join('\n');
    }
    default: {
      const words = [...text.matchAll(/[a-z_]{3,}/g)];
      const [a, b] = [words[roll(words.length)]!, words[roll(words.length)]!];
      return text.slice(0, a.index) + b[0] + text.slice(a.index + a[0].length);
    }
  }
}

describe('mutated topologies', () => {
  for (const name of files) {
    it(`${name}: only TopologyError comes out, each problem with a line`, () => {
      const good = readFileSync(new URL(name, folder), 'utf8').replaceAll(/^#.*\n/gm, '');
      let refused = 0;
      for (let seed = 0; seed < 400; seed++) {
        const roll = dice(seed);
        let text = good;
        for (let n = roll(3); n >= 0; n--) text = mutate(text, roll);
        try {
          loadTopologyText(text, name, { env: {} });
        } catch (error) {
          assert.ok(
            error instanceof TopologyError,
            `seed ${seed}: ${String(error)}\n${(error as Error).stack}\n${text}`,
          );
          assert.ok(
            error.problems.length > 0 && error.problems.every(({ line, column }) => line > 0 && column > 0),
            text,
          );
          assert.doesNotMatch(
            error.message,
            /undefined|\[object|NaN|cannot say where/,
            `seed ${seed}: ${error.message}`,
          );
          refused++;
        }
      }
      assert.ok(refused > 100, `only ${refused} were refused`);
    });
  }
});
