import { equal, ok } from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { helperPath } from '../../../src/process/helper.ts';
import { Keeper } from '../../../src/process/keeper.ts';
import { killKeeper } from '../../../src/process/kill.ts';
import { encodeRecords } from '../../../src/process/records.ts';
import { findKeepers } from '../../../src/state/keepers.ts';
import { tryLock } from '../../../src/sys/lock.ts';
import { probe, requireRoot, until } from '../../support/index.ts';
import { TestKeeper, titled } from './fixture.ts';

const KEEPER_MODULE = fileURLToPath(new URL('../../../src/process/keeper.js', import.meta.url));

const LOCK_MODULE = fileURLToPath(new URL('../../../src/sys/lock.js', import.meta.url));

/**
 * Waits for the lab's lock, as the next `up` or `down` would; then there is a keeper that answers, or nothing at all. Ends it, and
 * asserts that nothing is left.
 */
async function completeOrNothing(lab: TestKeeper): Promise<'complete' | 'nothing'> {
  const lock = await until(() => tryLock(lockPath(lab)), { what: 'the lock' });
  const keeper = Keeper.connect(lab.ctl);
  const found = findKeepers().filter((one) => one.lab === lab.lab);
  equal(found[0]?.pid, keeper?.pid);
  keeper?.close();
  if (keeper !== undefined) killKeeper(keeper.pid);
  await until(() => titled(lab.lab).length === 0, { what: 'the end of all processes' });
  // Whoever holds the lock cleans up: the guard has left that to us.
  rmSync(lab.ctl, { force: true });
  lock.release();
  return keeper === undefined ? 'nothing' : 'complete';
}

const lockPath = (lab: TestKeeper) => join(lab.folder, 'lock');

function spec(lab: TestKeeper): Buffer {
  const { ctl, privateDir, logsDir, linksDir, linkPrefix, operations, flags } = lab.options;
  return encodeRecords([
    ['lab', lab.lab],
    ['flags', flags],
    ['ctl', ctl],
    ['private', privateDir],
    ['logs', logsDir],
    ['links', linksDir, linkPrefix],
    ...operations,
  ]);
}

describe('a crash while the keeper starts', () => {
  let lab: TestKeeper;
  before(function () {
    requireRoot(this);
  });
  beforeEach(() => {
    lab = new TestKeeper();
  });
  afterEach(() => lab.end());

  it('leaves a complete keeper or nothing, whenever the caller is killed', async () => {
    const program = `
      const { startKeeper } = await import(process.argv[1]);
      const { tryLock } = await import(process.argv[2]);
      const options = JSON.parse(process.argv[3]);
      const lock = tryLock(process.argv[4]);
      process.stdout.write('now');
      startKeeper({ ...options, lockFd: lock.fd });
      await new Promise((resolve) => setTimeout(resolve, 10000));
    `;
    for (let round = 0; round < 30; round++) {
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', program, KEEPER_MODULE, LOCK_MODULE, JSON.stringify(lab.options), lockPath(lab)],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const ended = new Promise((resolve) => child.on('exit', resolve));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await setTimeout(Math.random() * 6);
      child.kill('SIGKILL');
      await ended;
      // A helper that has its whole spec goes on without its caller: it must become complete.
      await completeOrNothing(lab);
    }
  });

  it('leaves a complete keeper or nothing, whichever system call the helper is killed at', async function () {
    probe(this, 'strace');
    this.timeout(120_000);
    const outcomes = new Set<string>();
    const quiet = ['-f', '-qq', '-o', '/dev/null', '-e'];
    const calls = [
      'read',
      'fork,vfork,clone,clone3',
      'write',
      'openat',
      'bind',
      'mount',
      'listen',
      'setsid',
      'dup3',
      'close',
    ];
    for (const call of calls) {
      for (const when of [1, 2, 3]) {
        // In each of the three processes: helper, guard and keeper count for themselves.
        const strace = spawn(
          'strace',
          [...quiet, `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${when}`, helperPath(), 'keeper'],
          { stdio: ['pipe', 'ignore', 'ignore', 'ignore'] },
        );
        let over = false;
        const ended = new Promise<void>((resolve) => strace.on('exit', () => resolve(void (over = true))));
        strace.stdin?.on('error', () => {});
        strace.stdin?.end(spec(lab));
        // strace ends when all three processes have; it holds the pipe and the lock too, so neither can tell.
        const keeper = await until(() => Keeper.connect(lab.ctl) ?? over);
        if (keeper instanceof Keeper) killKeeper(keeper.pid);
        outcomes.add(keeper instanceof Keeper ? 'complete' : 'nothing');
        await ended;
        equal(titled(lab.lab).length, 0, `${call} ${when}`);
      }
    }
    rmSync(lab.ctl, { force: true });
    ok(outcomes.has('nothing'));
  });

  it('leaves nothing of a spec that never came to its end', async () => {
    const whole = spec(lab);
    for (const length of [0, 1, 10, whole.length - 7, whole.length - 1]) {
      const helper = spawnSync(helperPath(), ['keeper'], {
        input: whole.subarray(0, length),
        stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
      });
      equal(helper.status, 125);
      equal(await completeOrNothing(lab), 'nothing');
      ok(!existsSync(lab.ctl));
    }
  });
});
