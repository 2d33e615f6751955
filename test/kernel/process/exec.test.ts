import { deepEqual, equal, rejects } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { execArguments, execCapture, type ExecOptions, type ExecTarget } from '../../../src/process/exec.ts';
import { requireRoot, until } from '../../support/index.ts';
import { nap, TestKeeper, titled } from './fixture.ts';

describe('exec: a command in a node', () => {
  let lab: TestKeeper;
  let target: ExecTarget;
  before(function () {
    requireRoot(this);
    lab = new TestKeeper().start();
    target = { pid: lab.node('r1').pid };
    lab.namespaces('bare');
  });
  after(() => lab.end());

  const sh = (line: string, options?: ExecOptions) =>
    execCapture(execArguments(target, ['/bin/sh', '-c', line], options));

  it('joins all namespaces of the node, or the network alone', async () => {
    equal((await sh('hostname; ls /sys/class/net')).stdout, 'r1\nlo\n');
    const argv = execArguments({ netns: lab.netns('bare') }, ['sh', '-c', 'readlink /proc/self/ns/net; hostname']);
    const { stdout } = await execCapture(argv);
    equal(stdout, `net:[${statSync(lab.netns('bare')).ino}]\n${hostname()}\n`);
  });

  it('ends as the command ends', async () => {
    for (const [line, code] of [
      ['exit 0', 0],
      ['exit 42', 42],
      ['kill -9 $$', 137],
      ['kill -TERM $$', 143],
    ] as const) {
      equal((await sh(line)).exitCode, code, line);
    }
  });

  it('tells not found from not executable from its own failure', async () => {
    const plain = join(lab.folder, 'plain');
    writeFileSync(plain, 'echo a script without an interpreter\n');
    const cases = [
      [execArguments(target, ['no-such-command']), 127, 'netlab: exec no-such-command: No such file or directory\n'],
      [execArguments(target, ['/no/such']), 127, 'netlab: exec /no/such: No such file or directory\n'],
      [execArguments(target, [plain]), 126, `netlab: exec ${plain}: Permission denied\n`],
      [execArguments(target, ['/etc']), 126, 'netlab: exec /etc: Permission denied\n'],
      [
        execArguments(target, ['true'], { cwd: '/no/such' }),
        125,
        'netlab: chdir /no/such: No such file or directory\n',
      ],
      [execArguments(target, ['true'], { user: 'no-such' }), 125, 'netlab: user no-such: No such file or directory\n'],
      [execArguments({ pid: 4194303 }, ['true']), 125, 'netlab: open 4194303: No such process\n'],
      [execArguments({ netns: '/no/such' }, ['true']), 125, 'netlab: open /no/such: No such file or directory\n'],
    ] as const;
    for (const [argv, exitCode, stderr] of cases) {
      deepEqual(await execCapture(argv), { exitCode, stdout: '', stderr, timedOut: false });
    }
    chmodSync(plain, 0o755);
    equal((await execCapture(execArguments(target, [plain]))).stdout, 'a script without an interpreter\n');
  });

  it('passes a megabyte through, unchanged', async () => {
    const bytes = randomBytes(1 << 20);
    const argv = execArguments(target, ['sha256sum']);
    const { stdout } = await execCapture(argv, { stdin: bytes });
    equal(stdout.split(' ')[0], createHash('sha256').update(bytes).digest('hex'));
  });

  it("keeps the caller's folder when the node has it, and takes another one and another user", async () => {
    equal((await sh('pwd')).stdout, `${process.cwd()}\n`);
    const { stdout } = await sh('pwd; id -un; echo $HOME $USER', { cwd: '/var', user: 'nobody' });
    deepEqual(stdout.split('\n').slice(0, 2), ['/var', 'nobody']);
    equal(stdout.split('\n')[2], '/nonexistent nobody');
    equal((await sh('id -u; id -g', { user: '1234:5678' })).stdout, '1234\n5678\n');
  });

  it('starts it with every signal at its default', async () => {
    const { stdout } = await sh("grep -E 'Sig(Blk|Ign)' /proc/self/status");
    deepEqual(stdout.match(/[0-9a-f]{16}/g), ['0'.repeat(16), '0'.repeat(16)]);
  });

  it('passes signals on', async () => {
    const line =
      'for s in INT HUP QUIT USR1 USR2 TERM; do trap "echo $s" $s; done; trap "echo CONT; exit 9" CONT; echo ready; while :; do sleep 0.01; done';
    const [path = '', ...rest] = execArguments(target, ['bash', '-c', line]);
    const child = spawn(path, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    await until(() => said.includes('ready'));
    for (const name of ['INT', 'HUP', 'QUIT', 'USR1', 'USR2', 'TERM', 'CONT'] as const) {
      child.kill(`SIG${name}`);
      await until(() => said.includes(name), { what: name });
    }
    equal(await ended, 9);
  });

  it('takes the command along when it is killed', async () => {
    const [path = '', ...rest] = execArguments(target, nap(4731).split(' '));
    const child = spawn(path, rest, { stdio: 'ignore' });
    await until(() => titled(`^${nap(4731)}`).length > 0);
    child.kill('SIGKILL');
    await until(() => titled(nap(4731)).length === 0);
  });

  it('is over when its time is over, and when the caller has changed his mind', async () => {
    const argv = execArguments(target, nap(4732).split(' '), { endWithParent: true });
    equal((await execCapture(argv, { timeout: 50 })).timedOut, true);
    const change = new AbortController();
    const running = execCapture(argv, { signal: change.signal });
    await until(() => titled(`^${nap(4732)}`).length > 0);
    change.abort();
    await rejects(running, { code: 'ERR_INTERRUPTED' });
    await until(() => titled(nap(4732)).length === 0);
  });
});
