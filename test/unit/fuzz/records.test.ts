/** Whatever a control socket answers: it is read, or a KeeperError says that it cannot be; and it comes to its end. */
import assert from 'node:assert/strict';

import { KeeperError } from '../../../src/errors.ts';
import { Keeper } from '../../../src/process/keeper.ts';
import { NodeInit } from '../../../src/process/node-init.ts';
import { decodeLine } from '../../../src/process/records.ts';
import { c } from '../../../src/sys/libc.ts';
import { bounded, diceFor, FUZZ_TIMEOUT, mutateBytes, seeds } from '../../support/fuzz.ts';
import { type Dice, pick } from '../../support/random.ts';

const LINES = [
  'netns\tr1\t11',
  'node\tr1\t2',
  'process\tr1/web\tdigest\t7\t1763768364.123\trunning\t0\t0\t0\tno\t0',
  'process\tweb\t\t-1\tx\tnone\t999\t999\t-1\t\t',
  'failed\tr1\tclone3\tr1\t12\tOut of memory',
  'error\tmount\t/x\ty\t2\tNo such file or directory',
  'error\t\t\t\t',
  'error',
  'failed',
  'ok\t1',
  'started\tr1/web\t7',
  'stopped\tr1/web',
  'exited\tweb\t0\t15',
  'dropped\tr1',
  '\\t\\n\\\\\\',
  '__proto__\t__proto__',
  '',
];
const CLIENTS: readonly (() => unknown)[] = [
  () => Keeper.connect('/x')?.list(),
  () => Keeper.connect('/x')?.startNodes([{ name: 'r1', flags: 0, operations: [] }]),
  () => Keeper.connect('/x')?.dropNode(['r1']),
  () => Keeper.connect('/x')?.createNamespaces([{ name: 'r1', sysctls: [] }], () => {}),
  () => NodeInit.connect('/x')?.status(),
  () => NodeInit.connect('/x')?.start([{ name: 'web', digest: 'd', command: ['true'], env: {}, log: '' }]),
];

function answer(roll: Dice): Buffer {
  const lines = Array.from({ length: roll(6) }, () => pick(roll, LINES));
  const text = Buffer.from([...lines, ...(roll(3) > 0 ? ['ok'] : [])].map((line) => `${line}\n`).join(''));
  return roll(2) === 0 ? text : mutateBytes(text, roll);
}

describe('fuzz: answers of the keeper', function () {
  this.timeout(FUZZ_TIMEOUT);
  const real = { ...c };
  /** The next bytes that come; nothing more: the keeper has hung up. */
  let next: () => Buffer = () => Buffer.alloc(0);
  beforeEach(() => {
    // A descriptor that is nobody's: nothing here reaches the kernel.
    c.socket = () => 1_000_000;
    c.connect = c.setsockopt = c.getsockopt = c.close = () => 0;
    c.send = (_fd, _bytes, length) => length;
    c.recv = (_fd, buffer) => {
      const bytes = next();
      buffer.set(bytes);
      return bytes.length;
    };
  });
  afterEach(() => void Object.assign(c, real));

  it('are read, or refused', () => {
    for (const seed of seeds(5000)) {
      const roll = diceFor('answer', seed);
      let left = answer(roll);
      next = () => {
        const piece = left.subarray(0, 1 + roll(40));
        left = left.subarray(piece.length);
        return piece;
      };
      try {
        bounded(pick(roll, CLIENTS));
      } catch (error) {
        assert.ok(error instanceof KeeperError, `NETLAB_SEED=${seed}: ${(error as Error).stack}`);
      }
    }
  });

  for (const [what, bytes] of [
    ['a line', Buffer.alloc(60_000, 'x')],
    ['an answer', Buffer.from(`netns\tr1\t11\t${'x'.repeat(6000)}\n`.repeat(10))],
  ] as const)
    it(`${what} that never ends is refused`, () => {
      next = () => bytes;
      for (const client of CLIENTS) assert.throws(() => bounded(client), { name: 'KeeperError', errno: 'EMSGSIZE' });
    });

  it('a line is the fields that it was made of', () => {
    for (const seed of seeds(2000)) {
      const roll = diceFor('line', seed);
      const fields = Array.from({ length: 1 + roll(5) }, () =>
        Array.from({ length: roll(9) }, () => pick(roll, ['\t', '\n', '\\', 't', 'n', 'é'])).join(''),
      );
      const line = fields
        .map((field) => field.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n'))
        .join('\t');
      assert.deepEqual(decodeLine(line), fields);
    }
  });
});
