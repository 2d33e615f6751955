import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { NodeInit } from '../../../src/process/node-init.ts';
import { DEFAULT_KEEP, type Programs, type ProgramStatus } from '../../../src/process/program.ts';
import { requireRoot, until } from '../../support/index.ts';
import { nap, shell, TestKeeper, titled } from './fixture.ts';

const onFailure = { keep: { ...DEFAULT_KEEP, restart: 'on-failure' } } as const;
const always = { keep: { ...DEFAULT_KEEP, restart: 'always' } } as const;

describe('programs that are started again', () => {
  before(function () {
    requireRoot(this);
  });
  let lab: TestKeeper;
  let r1: NodeInit;
  beforeEach(() => {
    lab = new TestKeeper().start();
    r1 = lab.node('r1');
  });
  afterEach(() => lab.end());

  const of = (name: string, programs: Programs = r1): ProgramStatus =>
    programs.status().find((program) => program.name === name)!;
  /** Milliseconds between one start and the next, by the record of events. */
  const pauses = (name: string): number[] => {
    const at = lab.events().filter(({ process, event }) => process === name && (event === 'start' || event === 'exit'));
    return at.flatMap(({ event, time }, i) =>
      event === 'start' && i > 0 ? [(Number(time) - Number(at[i - 1]!['time'])) * 1000] : [],
    );
  };

  it('are so after ever longer pauses, and counted', async () => {
    r1.start([shell('bad', 'exit 3', onFailure)]);
    await until(() => of('bad').restarts >= 3);
    // The count goes up a moment before the start stands in the record.
    const [first = 0, second = 0, third = 0] = await until(() =>
      pauses('bad').length >= 3 ? pauses('bad') : undefined,
    );
    ok(first >= 95 && second >= 195 && third >= 395, `${first} ${second} ${third}`);
    ok(first < 195 || second > first, `${first} ${second}`);
    const status = await until(() => (of('bad').state === 'restarting' ? of('bad') : undefined));
    equal(status.exitCode, 3);
    // A stop ends the waiting, too.
    r1.stop(['bad']);
    equal(of('bad').state, 'stopped');
    const { restarts } = of('bad');
    r1.start([shell('other', 'sleep 0.3')]);
    r1.wait('other');
    equal(of('bad').restarts, restarts);
  });

  it('are so when they fail or always, as their policy says', async () => {
    r1.start([
      shell('well', 'exit 0', onFailure),
      shell('ever', 'exit 0', always),
      shell('never', 'exit 1'),
      shell('shot', `echo up; exec ${nap(4731)}`, onFailure),
    ]);
    await until(() => of('ever').restarts >= 1 && lab.log('r1/shot.log') !== '');
    process.kill(titled(nap(4731))[0]!, 'SIGKILL');
    await until(() => of('shot').restarts === 1 && of('shot').state === 'running');
    deepEqual(
      ['well', 'never'].map((name) => [of(name).state, of(name).restarts]),
      [
        ['exited', 0],
        ['exited', 0],
      ],
    );
    await until(() => titled(nap(4731)).length === 1);
    // What comes after this start's beginning in the log is its own.
    equal(of('shot').logFrom, 3);
  });

  it('take what is left of their group along before they start again', async () => {
    r1.start([shell('group', `${nap(4732)} & exit 1`, onFailure)]);
    await until(() => of('group').restarts >= 2);
    // Without that there were three by now; the shell's command line has the words, too.
    await until(() => titled(`^${nap(4732)}`).length <= 1, { what: 'the end of those before' });
    r1.stop(['group']);
    deepEqual(titled(nap(4732)), []);
  });

  it('go on when their program has vanished, with code 127, until it is there again', async () => {
    const script = join(lab.folder, 'program');
    writeFileSync(script, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    r1.start([{ ...shell('gone', ''), command: [script], ...onFailure }]);
    rmSync(script);
    const status = await until(() => (of('gone').exitCode === 127 ? of('gone') : undefined));
    equal(status.state, 'restarting');
    writeFileSync(script, `#!/bin/sh\nexec ${nap(4733)}\n`, { mode: 0o755 });
    await until(() => titled(nap(4733)).length === 1);
    equal(of('gone').state, 'running');
  });

  it('can be given another policy while they run or wait', async () => {
    r1.start([shell('was', 'exit 1'), shell('is', 'exit 1', always)]);
    await until(() => of('is').state === 'restarting' && of('was').state === 'exited');
    r1.keep('was', { ...DEFAULT_KEEP, restart: 'on-failure' });
    r1.keep('is', DEFAULT_KEEP);
    equal(of('is').state, 'exited');
    await until(() => of('was').restarts >= 1);
    equal(of('was').policy, 'on-failure');
    throws(() => r1.keep('nobody', DEFAULT_KEEP), { operation: 'keep', errno: 'ESRCH' });
  });

  it("are the keeper's too, for nodes without a PID 1", async () => {
    lab.namespaces('bare');
    lab.keeper.start([{ ...shell('bare/x', 'exit 1', onFailure), log: 'bare/x.log', node: 'bare' }]);
    await until(() => of('bare/x', lab.keeper).restarts >= 2);
    lab.keeper.dropNode(['bare']);
    deepEqual(lab.keeper.status(), []);
  });

  describe('are stopped', () => {
    it('by their own signal, and killed in their own time', async () => {
      const keep = { restart: 'always', signal: 2, graceMs: 200 } as const;
      r1.start([
        shell('int', 'trap "echo INT; exit 0" INT; trap "echo TERM" TERM; echo up; while :; do sleep 0.01; done', {
          keep,
        }),
        shell('deaf', 'trap "" INT TERM; echo up; while :; do sleep 0.01; done', { keep }),
        shell('patient', 'trap "" INT TERM; echo up; while :; do sleep 0.01; done', {
          keep: { ...keep, graceMs: 3_600_000 },
        }),
      ]);
      await until(() => ['int', 'deaf', 'patient'].every((name) => lab.log(`r1/${name}.log`) !== ''));
      r1.stop(['int']);
      deepEqual([of('int').state, of('int').exitCode], ['stopped', 0]);
      equal(lab.log('r1/int.log'), 'up\nINT\n');
      // Who asks for the end of one that has an hour is answered before that.
      r1.finish(['deaf', 'patient']);
      equal(of('patient').state, 'running');
      await until(() => of('deaf').state === 'stopped');
      equal(of('deaf').signal, 9);
      r1.stop(['patient'], 9, 0);
      equal(of('patient').signal, 9);
    });

    it('when they have gone to the background and stayed in their group', async () => {
      r1.start([shell('daemon', `${nap(4734)} & exit 0`)]);
      r1.wait('daemon');
      // Its shell may end before it has become what it is called.
      await until(() => titled(nap(4734)).length === 1);
      r1.stop(['daemon']);
      deepEqual(titled(nap(4734)), []);
    });

    it('by the end of their node, each in its own way, and then whatever else runs there', async () => {
      const keep = { restart: 'always', signal: 2, graceMs: 5_000 } as const;
      r1.start([
        shell(
          'slow',
          'trap "sleep 0.3; echo bye; exit 0" INT; trap "echo wrong" TERM; echo up; while :; do sleep 0.01; done',
          {
            keep,
          },
        ),
        shell(
          'daemon',
          'setsid sh -c \'trap "echo daemon; exit 0" TERM; echo up; while :; do sleep 0.01; done\' & exit 0',
        ),
      ]);
      await until(() => ['slow', 'daemon'].every((name) => lab.log(`r1/${name}.log`) !== ''));
      process.kill(r1.pid, 'SIGTERM');
      await until(() => !lab.keeper.list().nodes.some(({ name }) => name === 'r1'));
      equal(lab.log('r1/slow.log'), 'up\nbye\n');
      equal(lab.log('r1/daemon.log').split('\n').at(-2), 'daemon');
    });
  });

  it('are many at once: 200 start, die, start again and stop', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `p${i}`);
    r1.start(names.map((name) => shell(name, `test -e ${lab.folder}/go && exec ${nap(4735)}; exit 1`, onFailure)));
    await until(() => r1.status().every(({ restarts }) => restarts >= 1));
    writeFileSync(join(lab.folder, 'go'), '');
    await until(() => r1.status().every(({ state }) => state === 'running'), { timeout: 20_000 });
    await until(() => titled(nap(4735)).length === 200, { timeout: 20_000 });
    r1.finish(names);
    await until(() => r1.status().every(({ state }) => state === 'stopped'));
    deepEqual(titled(nap(4735)), []);
    const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${r1.pid}/status`, 'utf8'))?.[1]);
    ok(resident < 1500, `${resident} kB`);
  });

  it('may close their output, or print ten megabytes', () => {
    r1.start([
      shell('shut', 'exec >&- 2>&-; sleep 0.05; exit 4', onFailure),
      shell('loud', 'head -c 10000000 /dev/zero | tr "\\0" x'),
    ]);
    equal(r1.wait('shut').exitCode, 4);
    equal(r1.wait('loud').exitCode, 0);
    equal(lab.log('r1/loud.log').length, 10_000_000);
  });
});
