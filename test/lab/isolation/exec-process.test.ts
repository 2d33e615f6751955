/** `exec --process` and `shell --process`: a command beside a process has the rights of that process, and no more. */
import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';

import type { LabStatus } from '../../../src/model/report.ts';
import { describeForUsers, has, netlab, onTerminal, probe, requireRoot, Scene, user } from '../../support/index.ts';

/** `user` and `limits`: only root's labs have them here. */
const lab = (own: string): string => `
nodes:
  a:
    capabilities: { drop: [CAP_SYS_MODULE] }
    processes:
      plain: { command: [sleep, '7601'] }
      narrow:
        command: [sleep, '7602']
        capabilities: { drop: [CAP_SYS_ADMIN, CAP_NET_RAW] }
        no_new_privileges: true
        seccomp: default
        umask: '077'
        ulimits: { nofile: { soft: 200, hard: 300 }, core: 0 }
        ${own}
      kept: { command: [sleep, '7603'], capabilities: { keep: [CAP_NET_BIND_SERVICE, CAP_SETUID, CAP_SETGID] } ${user() === 'root' ? ", user: 'nobody'" : ''} }
      inner: { command: [sleep, '7604'], isolation: [user, mnt], capabilities: { keep: [CAP_CHOWN] }, no_new_privileges: true }
  bare:
    isolation: [net]
    processes: { alone: { command: [sleep, '7605'], capabilities: { keep: [CAP_CHOWN] }, umask: '027' } }
`;

/** What the kernel says of a process that its rights depend on; in a user namespace of its own it counts the ids as those there. */
function rights(status: string): Record<string, string> {
  const names =
    /^(Uid|Gid|Groups|Umask|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp|Seccomp_filters):[ \t]*(.*?)[ \t]*$/gm;
  return Object.fromEntries([...status.matchAll(names)].map(([, name = '', value = '']) => [name, value]));
}

const limits = (text: string): string[] => text.split('\n').filter((line) => /^Max (?:open files|core)/.test(line));

describeForUsers('exec --process', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces', 'user namespaces of nobody');
    const bounded = user() === 'root' && has('pids controller');
    scene = new Scene(
      lab(bounded ? 'user: nobody\n        groups: [5]\n        limits: { pids: 40 }' : ''),
      'execproc',
    );
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  /** As the lab was when it was asked first, for a command takes its time; `now`: it has changed since. */
  let asked: Promise<LabStatus> | undefined;
  const pidOf = async (node: string, name: string, now = false): Promise<number> => {
    if (now) asked = undefined;
    const { members } = await (asked ??= scene.status());
    return members.find((each) => each.name === node)!.processes.find((each) => each.name === name)!.pid!;
  };
  const beside = async (node: string, name: string, ...command: string[]): Promise<string> => {
    const { code, stdout, stderr } = await netlab(['exec', '-l', scene.name, '-p', name, node, '--', ...command]);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  for (const [node, name] of [
    ['a', 'plain'],
    ['a', 'narrow'],
    ['a', 'kept'],
    ['bare', 'alone'],
  ] as const) {
    it(`has the rights of ${node}/${name}`, async () => {
      const pid = await pidOf(node, name);
      const own = rights(readFileSync(`/proc/${pid}/status`, 'utf8'));
      const there = rights(await beside(node, name, 'cat', '/proc/self/status'));
      // Its user's number is another from outside, in the lab of an ordinary user; its umask the caller's, when it says none.
      for (const key of [
        ...(user() === 'root' ? [] : ['Uid', 'Gid', 'Groups']),
        ...(own['Umask'] === '0022' ? ['Umask'] : []),
      ]) {
        delete own[key];
        delete there[key];
      }
      assert.deepEqual(there, own);
    });
  }

  it('has its limits and its control groups', async () => {
    const pid = await pidOf('a', 'narrow');
    assert.deepEqual(
      limits(await beside('a', 'narrow', 'cat', '/proc/self/limits')),
      limits(readFileSync(`/proc/${pid}/limits`, 'utf8')),
    );
    assert.equal(await beside('a', 'narrow', 'cat', '/proc/self/cgroup'), readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
  });

  it("is root of the process's user namespace, and keeps no more than it there", async () => {
    const pid = await pidOf('a', 'inner');
    const { CapEff, CapBnd, NoNewPrivs } = rights(await beside('a', 'inner', 'cat', '/proc/self/status'));
    const own = rights(readFileSync(`/proc/${pid}/status`, 'utf8'));
    assert.deepEqual(
      { CapEff, CapBnd, NoNewPrivs },
      { CapEff: own['CapEff'], CapBnd: own['CapBnd'], NoNewPrivs: own['NoNewPrivs'] },
    );
    const links = await beside('a', 'inner', 'sh', '-c', 'readlink /proc/self/ns/user /proc/self/ns/mnt');
    assert.deepEqual(
      links.trim().split('\n'),
      ['user', 'mnt'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`)),
    );
  });

  it('is another user when that is said, with the same rights to lose', async () => {
    const { stdout } = await netlab([
      'exec',
      '-l',
      scene.name,
      '-p',
      'narrow',
      '-u',
      'root',
      'a',
      '--',
      'cat',
      '/proc/self/status',
    ]);
    const { Uid, CapBnd, NoNewPrivs } = rights(stdout);
    const own = rights(readFileSync(`/proc/${await pidOf('a', 'narrow')}/status`, 'utf8'));
    assert.deepEqual([Uid, CapBnd, NoNewPrivs], ['0\t0\t0\t0', own['CapBnd'], '1']);
  });

  it('holds for a shell on a terminal, too', async function () {
    probe(this, 'pseudo-terminals', 'python3');
    const { text } = await onTerminal(
      ['shell', '-l', scene.name, '-p', 'narrow', 'a'],
      [['type', 'grep -E "^(CapBnd|NoNewPrivs)" /proc/self/status; exit\n']],
    );
    const own = rights(readFileSync(`/proc/${await pidOf('a', 'narrow')}/status`, 'utf8'));
    assert.match(text, RegExp(`CapBnd:\\s+${own['CapBnd']}`));
    assert.match(text, /NoNewPrivs:\s+1/);
  });
});
