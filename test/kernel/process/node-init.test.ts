import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

import type { Isolation } from '../../../src/model/resource.ts';
import type { NodeInit } from '../../../src/process/node-init.ts';
import { requireRoot, run, until } from '../../support/index.ts';
import { alive, HOSTS, nap, shell, TestKeeper, titled } from './fixture.ts';

const PATH = process.env['PATH'] ?? '';

describe("a node's PID 1", () => {
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

  /** What a command says that has entered all namespaces of the node by nsenter, which is not ours. */
  const inside = (...argv: string[]) => run('nsenter', ['-a', '-t', String(r1.pid), ...argv]).trim();

  describe('isolation', () => {
    it('has five namespaces of its own, and is 1 in there', () => {
      for (const kind of ['net', 'uts', 'mnt', 'pid', 'ipc']) {
        const link = readlinkSync(`/proc/${r1.pid}/ns/${kind}`);
        ok(link !== readlinkSync(`/proc/self/ns/${kind}`), kind);
        ok(kind === 'net' || link !== readlinkSync(`/proc/${lab.pid}/ns/${kind}`), `${kind} is not the keeper's`);
      }
      ok(/^NSpid:.*\t1$/m.test(readFileSync(`/proc/${r1.pid}/status`, 'utf8')));
    });

    it('has its name, and the host keeps its own', () => {
      const before = hostname();
      equal(inside('hostname'), 'r1');
      equal(inside('cat', '/etc/hostname'), 'r1');
      equal(run('hostname', []).trim(), before);
    });

    it('sees its own processes, interfaces, terminals and shared memory', () => {
      ok(inside('ps', '-eo', 'pid,args').split('\n')[1]?.includes(`1 netlab-init node ${lab.lab}.r1`));
      equal(inside('ls', '/sys/class/net'), 'lo');
      equal(inside('ls', '/dev/shm'), '');
      equal(inside('ls', '/dev/pts'), 'ptmx');
      ok(inside('ipcs', '-q').split('\n').length <= 3);
    });

    it('has hosts that can be replaced in place from outside', () => {
      equal(inside('cat', '/etc/hosts'), HOSTS.trim());
      writeFileSync(`/proc/${lab.pid}/root${lab.privateDir}/hosts`, '10.0.0.2 new\n');
      equal(inside('cat', '/etc/hosts'), '10.0.0.2 new');
      ok(!readFileSync('/etc/hosts', 'utf8').includes('10.0.0.2 new'));
    });

    it('is small', () => {
      const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${r1.pid}/status`, 'utf8'))?.[1]);
      ok(resident <= 150, `${resident} kB`);
    });
  });

  describe('programs', () => {
    it('starts them with the environment, folder and user given and what follows from the user, away from every terminal', () => {
      const command = ['/bin/sh', '-c', 'env; pwd; id -un; readlink /proc/self/fd/0; ps -o tty= -p $$; exit 7'];
      const env = { PATH, A: 'b c', EMPTY: '' };
      const results = r1.start([
        { name: 'show', digest: 'x', command, env, cwd: '/var', user: 'nobody', log: 'r1/show.log' },
      ]);
      ok('pid' in results.get('show')!);
      deepEqual(r1.wait('show'), { exitCode: 7, signal: 0 });
      const lines = lab.log('r1/show.log').trim().split('\n');
      // dash adds PWD to what it passes on.
      deepEqual(
        lines
          .slice(0, -4)
          .filter((line) => !line.startsWith('PWD='))
          .toSorted(),
        ['A=b c', 'EMPTY=', 'HOME=/nonexistent', 'LOGNAME=nobody', `PATH=${PATH}`, 'USER=nobody'],
      );
      deepEqual(lines.slice(-4), ['/var', 'nobody', '/dev/null', '?']);
    });

    it('remembers how they ended, until they are forgotten', () => {
      r1.start([shell('code', 'exit 42'), shell('signal', 'kill -9 $$')]);
      deepEqual(r1.wait('code'), { exitCode: 42, signal: 0 });
      deepEqual(r1.wait('signal'), { exitCode: 0, signal: 9 });
      const [status] = r1.status().filter(({ name }) => name === 'code');
      ok(status);
      deepEqual(
        { ...status, pid: 0, started: 0 },
        {
          name: 'code',
          digest: 'd',
          pid: 0,
          started: 0,
          state: 'exited',
          exitCode: 42,
          signal: 0,
          restarts: 0,
          policy: 'no',
          logFrom: 0,
        },
      );
      ok(Math.abs(status.started - Date.now() / 1000) < 5);
      r1.forget(['code', 'signal']);
      deepEqual(r1.status(), []);
    });

    it('starts one of a name at a time, and again when it has ended', () => {
      r1.start([shell('web', `exec ${nap(4721)}`)]);
      const again = r1.start([shell('web', 'exit 0')]).get('web')!;
      equal('error' in again && again.error.errno, 'EEXIST');
      r1.stop(['web'], 15, 1000);
      deepEqual(
        r1.status().map(({ state, signal }) => ({ state, signal })),
        [{ state: 'stopped', signal: 15 }],
      );
      r1.start([shell('web', 'exit 3')]);
      equal(r1.wait('web').exitCode, 3);
    });

    it('says what could not be done, by operation and errno, and starts the others', () => {
      const results = r1.start([
        { ...shell('command', ''), command: ['no-such-command'] },
        { ...shell('file', ''), command: ['/etc/passwd'] },
        shell('folder', 'exit 0', { cwd: '/no/such' }),
        shell('user', 'exit 0', { user: 'no-such-user' }),
        shell('good', 'exit 0'),
        shell('log', 'exit 0', { log: '../escape' }),
      ]);
      const words = [...results].map(([name, result]) =>
        [name, 'error' in result ? result.error.message : 'ok'].join(': '),
      );
      deepEqual(words.toSorted(), [
        'command: exec no-such-command: ENOENT',
        'file: exec /etc/passwd: EACCES',
        'folder: chdir /no/such: ENOENT',
        'good: ok',
        'log: open ../escape: EINVAL',
        'user: user no-such-user: ENOENT',
      ]);
      r1.wait('good');
      deepEqual(
        r1.status().map(({ name }) => name),
        ['good'],
      );
    });

    it('stops a whole group, and kills what ignores it', async () => {
      r1.start([shell('deaf', `trap "" TERM; ${nap(4722)} & echo ready; wait; exec ${nap(4723)}`)]);
      await until(() => lab.log('r1/deaf.log'));
      const start = performance.now();
      r1.stop(['deaf'], 15, 150);
      const took = performance.now() - start;
      ok(took >= 140 && took < 9000, `${took} ms`);
      equal(r1.wait('deaf').signal, 9);
      deepEqual([...titled(nap(4722)), ...titled(nap(4723))], []);
      throws(() => r1.stop(['never'], 15, 10), { operation: 'stop', errno: 'ESRCH' });
    });

    it('appends to logs, and writes each start and end to events.jsonl', () => {
      r1.start([shell('say', 'echo one; echo two >&2')]);
      r1.wait('say');
      r1.start([shell('say', 'echo three; exit 1')]);
      r1.wait('say');
      equal(lab.log('r1/say.log'), 'one\ntwo\nthree\n');
      const events = lab.events().map(({ event, node, process, code, signal }) => [event, node, process, code, signal]);
      deepEqual(events, [
        ['node-start', 'r1', '', undefined, undefined],
        ['start', 'r1', 'say', undefined, undefined],
        ['exit', 'r1', 'say', 0, 0],
        ['start', 'r1', 'say', undefined, undefined],
        ['exit', 'r1', 'say', 1, 0],
      ]);
    });

    it('reaps orphans', async () => {
      r1.start([shell('parent', '(sleep 0.01 & sleep 0.02 &) ; exit 0')]);
      r1.wait('parent');
      await until(() =>
        inside('ps', '-eo', 'stat,args')
          .split('\n')
          .every((line) => !/sleep|^Z/.test(line)),
      );
    });

    it('starts anew when all that ran in the one before is gone, and not before', async () => {
      // Whoever is to reap a process of the node's stands still: so its PID 1, which is killed, cannot end for good.
      const visitor = spawn('nsenter', ['-p', '-t', String(r1.pid), ...nap(4728).split(' ')], { stdio: 'ignore' });
      try {
        await until(() => titled(nap(4728)).length === 2, { what: 'the process of somebody else' });
        visitor.kill('SIGSTOP');
        const stands = (): boolean => / T /.test(readFileSync(`/proc/${visitor.pid}/stat`, 'utf8'));
        await until(stands, { what: 'the standing still of its parent' });
        process.kill(r1.pid, 'SIGKILL');
        await until(() => readFileSync(`/proc/${r1.pid}/cmdline`, 'utf8') === '', { what: 'the beginning of its end' });
        lab.keeper.sendNodes([lab.nodeStart('r1')]);
        // Others are not kept waiting.
        deepEqual(lab.connect().list().nodes, []);
        deepEqual(lab.connect().list().nodes, []);
        ok(existsSync(`/proc/${r1.pid}`));
      } finally {
        visitor.kill('SIGCONT');
      }
      const result = lab.keeper.receiveNodes().get('r1');
      ok(result !== undefined && 'pid' in result);
      const next = lab.init('r1');
      ok(next.pid !== r1.pid && !alive(r1.pid));
      ok('pid' in next.start([shell('say', 'echo there')]).get('say')!);
      deepEqual(
        // The last may have been written already.
        lab
          .events()
          .map(({ event }) => event)
          .slice(0, 4),
        ['node-start', 'node-exit', 'node-start', 'start'],
      );
    });

    it('ends them all with the node', () => {
      r1.start([shell('a', `setsid ${nap(4724)} & exec ${nap(4724)}`)]);
      lab.keeper.dropNode(['r1']);
      deepEqual(titled(nap(4724)), []);
      ok(!alive(r1.pid));
    });
  });

  //  Kinds of isolation that leave the pid namespace out: the keeper's is shared, and a subreaper takes its place.
  for (const isolation of [
    ['net', 'uts'],
    ['net', 'mnt', 'ipc'],
    ['net', 'pid', 'mnt'],
  ] satisfies Isolation[][]) {
    it(`works with isolation [${isolation.join(', ')}], and drop ends all of it`, async () => {
      const node = lab.node('part', isolation);
      for (const kind of ['net', 'uts', 'mnt', 'pid', 'ipc'] as const) {
        const own = readlinkSync(`/proc/${node.pid}/ns/${kind}`) !== readlinkSync(`/proc/${lab.pid}/ns/${kind}`);
        equal(
          own,
          isolation.some((one) => one === kind),
          kind,
        );
      }
      node.start([
        shell('tree', `setsid ${nap(4725)} & (${nap(4726)} &) ; echo ready; exec ${nap(4727)}`, {
          log: 'part/tree.log',
        }),
      ]);
      await until(() => lab.log('part/tree.log'));
      // A shell that has forked and not yet become its program bears the words of all three.
      await until(() => [4725, 4726, 4727].flatMap((number) => titled(nap(number))).length === 3);
      lab.keeper.dropNode(['part']);
      deepEqual(
        [4725, 4726, 4727].flatMap((number) => titled(nap(number))),
        [],
      );
    });
  }
});
