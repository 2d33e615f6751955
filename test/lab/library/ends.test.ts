/** Labs that a program brings up by the library end with it, however it ends. */
import assert from 'node:assert/strict';

import {
  assertHostUnchanged,
  hostSnapshot,
  type HostSnapshot,
  netlab,
  netnsOf,
  probe,
  requireRoot,
  uniqueLabName,
  until,
} from '../../support/index.ts';
import { end, IDLE, isUp, start } from './program.ts';

describe('a program with a lab', function () {
  this.timeout(60_000);
  let name: string;
  let host: HostSnapshot;
  before(function () {
    requireRoot(this);
    probe(this, 'pid namespaces');
  });
  beforeEach(() => {
    name = uniqueLabName('ends');
    host = hostSnapshot();
  });
  afterEach(async () => {
    await netlab(['down', name]);
    assertHostUnchanged(host, hostSnapshot(), { labs: [name] });
  });

  const ENDS: readonly (readonly [
    how: string,
    rest: string,
    signal: NodeJS.Signals | undefined,
    code: number | string,
  ])[] = [
    ['has nothing left to do', '', undefined, 0],
    ['calls process.exit', 'process.exit(3);', undefined, 3],
    ['throws', "throw new Error('of the program');", undefined, 1],
    [
      'throws in a callback, out of a block that disposes',
      `try { setTimeout(() => { throw new Error('later') }, 1); ${IDLE} await new Promise(() => {}) } finally { await lab.down() }`,
      undefined,
      1,
    ],
    ['is interrupted', IDLE, 'SIGINT', 'SIGINT'],
    ['is terminated', IDLE, 'SIGTERM', 'SIGTERM'],
    [
      'hears SIGTERM itself, and ends in its own way',
      `${IDLE} process.on('SIGTERM', () => setTimeout(() => process.exit(7), 10));`,
      'SIGTERM',
      7,
    ],
    ['ends while it is taking the lab down', 'void lab.down(); process.exit(4);', undefined, 4],
  ];
  for (const [how, rest, signal, code] of ENDS) {
    it(`leaves nothing when it ${how}`, async () => {
      const child = start(name, rest);
      await isUp(child);
      if (signal !== undefined) child.kill(signal);
      assert.equal(await end(child), code);
      assert.deepEqual(netnsOf(name), []);
      assertHostUnchanged(host, hostSnapshot(), { labs: [name] });
    });
  }

  it('leaves nothing when it is interrupted in the middle of `up`', async () => {
    const child = start(name, '', `onProgress: () => {}, onWait: () => {}`);
    await until(() => netnsOf(name).length > 0);
    child.kill('SIGINT');
    await end(child);
    assert.deepEqual(netnsOf(name), []);
    assertHostUnchanged(host, hostSnapshot(), { labs: [name] });
  });

  it('leaves a lab that is detached, and one that ran already', async () => {
    const first = start(name, '', 'detach: true');
    await isUp(first);
    assert.equal(await end(first), 0);
    assert.deepEqual(netnsOf(name), ['a']);
    const second = start(name, '');
    await isUp(second);
    assert.equal(await end(second), 0);
    assert.deepEqual(netnsOf(name), ['a']);
    const { stdout } = await netlab(['doctor', '--json']);
    assert.doesNotMatch(stdout, new RegExp(name));
  });
});
