import assert from 'node:assert/strict';

import { LAB_OPTION, parse, type Grammar } from '../../../src/cli/args.ts';
import { UsageError } from '../../../src/errors.ts';

const plain: Grammar = {
  options: {
    ...LAB_OPTION,
    keep: { type: 'boolean', about: '' },
    how: { type: 'string', words: ['fast', 'slow'], about: '' },
  },
  operands: { names: ['FILE'], min: 1, max: 1 },
};
const command: Grammar = {
  options: { ...LAB_OPTION, tty: { type: 'boolean', short: 't', about: '' } },
  operands: { names: ['NODE', 'COMMAND'], min: 2, max: Infinity },
  command: true,
};

/** The options that were given, and the operands. */
function read(grammar: Grammar, ...words: string[]): [Record<string, unknown>, readonly string[]] {
  const { options, operands } = parse(words, grammar);
  return [
    Object.fromEntries(Object.entries(options).filter(([, value]) => value !== false && value !== undefined)),
    operands,
  ];
}

describe('cli arguments', () => {
  it('takes options anywhere, long and short, joined and apart', () => {
    assert.deepEqual(read(plain, 'a.yaml', '--keep', '-qv'), [{ keep: true, quiet: true, verbose: true }, ['a.yaml']]);
    assert.deepEqual(read(plain, '-l', 'x', 'a.yaml'), [{ lab: 'x' }, ['a.yaml']]);
    assert.deepEqual(read(plain, '--lab=x', '--no-color', '-'), [{ lab: 'x', 'no-color': true }, ['-']]);
    assert.deepEqual(read(plain, '--', '--keep'), [{}, ['--keep']]);
  });

  for (const [words, message] of [
    [[], 'FILE is missing'],
    [['a', 'b'], '"b" is one operand too many'],
    [['a', '--kep'], 'unknown option --kep; did you mean --keep?'],
    [['a', '--frobnicate'], 'unknown option --frobnicate'],
    [['a', '--rootless'], 'there is no option --rootless: NETLAB_ROOTLESS=1 in the environment is for all verbs'],
    [['a', '-x'], 'unknown option -x'],
    [['a', '--keep=yes'], 'option --keep takes no value'],
    [['a', '-l'], 'option -l needs a value: -l NAME'],
    [['a', '--lab='], 'option --lab needs a value: --lab NAME'],
    [['a', '-l', '--json'], 'option -l needs a value: -l NAME'],
    [['a', '--how', 'slwo'], 'option --how: found "slwo", expected fast or slow; did you mean "slow"?'],
    [[''], 'found an empty word, expected a name or a file'],
    [['a', '--__proto__'], 'unknown option --__proto__'],
  ] as const) {
    it(`refuses: ${words.join(' ')}`, () => {
      assert.throws(() => parse(words, plain), new UsageError(message));
    });
  }

  it('checks nothing else when help is asked for', () => {
    assert.equal(parse(['--help', '--kep'], plain).options['help'], true);
  });

  it('leaves the command alone, with and without --', () => {
    assert.deepEqual(read(command, 'r1', 'echo', ''), [{}, ['r1', 'echo', '']]);
    assert.deepEqual(read(command, 'r1', 'ls', '-la', '--json'), [{}, ['r1', 'ls', '-la', '--json']]);
    assert.deepEqual(read(command, 'r1', '--', 'ls', '--', '-t'), [{}, ['r1', 'ls', '--', '-t']]);
    assert.deepEqual(read(command, '-l', 'lab', '-t', 'r1', 'ls', '-t'), [
      { lab: 'lab', tty: true },
      ['r1', 'ls', '-t'],
    ]);
    assert.deepEqual(read(command, '--', 'r1', '--', '-odd'), [{}, ['r1', '-odd']]);
    assert.deepEqual(read(command, 'r1', '--', '--help'), [{}, ['r1', '--help']]);
  });

  it('says where options of netlab belong', () => {
    const message = 'option -t stands after the node; options come before it: -t r1 …';
    assert.throws(() => parse(['r1', '-t', '--', 'ls'], command), new UsageError(message));
    assert.throws(() => parse(['r1'], command), new UsageError('COMMAND is missing'));
    assert.throws(() => parse(['--'], command), new UsageError('NODE is missing'));
    assert.throws(() => parse([], command), new UsageError('NODE is missing'));
  });
});
