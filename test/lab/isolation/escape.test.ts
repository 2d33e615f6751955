/**
 * Every way out of a container that is known (test/native/escape.c), tried from nodes that are isolated as containers are: by what they
 * have given up, and by a user namespace. And from one that is not, so that it is known that the attempts are none in vain.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isAlive, netlab, probe, requireRoot, run, Scene, tempFolder, until } from '../../support/index.ts';

const SOURCE = fileURLToPath(new URL('../../../../test/native/escape.c', import.meta.url));
const DOCKER =
  'CHOWN, DAC_OVERRIDE, FSETID, FOWNER, MKNOD, NET_RAW, SETGID, SETUID, SETFCAP, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT, KILL, AUDIT_WRITE';

const text = (command: string) => `
nodes:
  dropped:
    rootfs: { dir: ./escape-root }
    seccomp: default
    no_new_privileges: true
    capabilities: { keep: [${DOCKER}] }
    files: { /out/planted: x }
    mounts: [{ type: tmpfs, target: /data }, { type: tmpfs, target: /up/mounted }]
    processes: { try: { command: ${command} } }
  mapped:
    rootfs: { dir: ./escape-root }
    isolation: [net, uts, mnt, pid, ipc, cgroup, user]
    processes: { try: { command: ${command} } }
  open:
    rootfs: { dir: ./escape-root }
    masked_paths: none
    processes: { try: { command: ${command} } }
`;

/** What netlab makes of the machine's that must be as it was. */
function machine(canary: string): Record<string, unknown> {
  const settings = ['kernel/core_pattern', 'kernel/panic', 'fs/file-max'];
  return {
    settings: settings.map((name) => readFileSync(`/proc/sys/${name}`, 'utf8')),
    null: [statSync('/dev/null').mode, statSync('/dev/null').ctimeMs],
    canary: readdirSync(dirname(canary)),
  };
}

describe('escapes', () => {
  let scene: Scene;
  let outsider: ChildProcess;
  let asBefore: Record<string, unknown>;
  let inits: (number | null)[];
  const canary = join(tempFolder(), 'outside', 'canary');
  const results = new Map<string, Map<string, string>>();

  before(async function () {
    this.timeout(60_000);
    requireRoot(this);
    probe(this, 'pid namespaces', 'cc');
    const root = join(tempFolder(), 'escape-root');
    for (const folder of ['data', 'dev', 'etc', 'proc', 'run', 'sys', 'tmp'])
      mkdirSync(join(root, folder), { recursive: true });
    chmodSync(join(root, 'tmp'), 0o1777);
    // Who is root in a user namespace cannot make them here.
    for (const file of ['hosts', 'hostname', 'resolv.conf']) writeFileSync(join(root, 'etc', file), '');
    mkdirSync(dirname(canary));
    // There is a folder of that path in here, too; links lead to that one.
    mkdirSync(join(root, dirname(canary)), { recursive: true });
    writeFileSync(canary, 'of the machine\n');
    symlinkSync(dirname(canary), join(root, 'out'));
    symlinkSync(`../../../../../../../..${dirname(canary)}`, join(root, 'up'));
    run('cc', ['-static', '-O1', '-o', join(root, 'escape'), SOURCE]);
    outsider = spawn('sleep', ['600'], { stdio: 'ignore' });
    const [, major = '254', minor = '0'] =
      /^\s*(\d+)\s+(\d+)\s+\d+\s/m.exec(readFileSync('/proc/partitions', 'utf8')) ?? [];
    scene = new Scene(text(JSON.stringify(['/escape', canary, String(outsider.pid), major, minor])), 'escape');
    asBefore = machine(canary);
    await scene.up();
    inits = (await scene.status()).members.map(({ pid }) => pid);
    for (const node of ['dropped', 'mapped', 'open']) {
      const lines = await until(async () => {
        const { stdout } = await netlab(['logs', '-l', scene.name, node, 'try']);
        return stdout.includes('\ndone\n') ? stdout.trim().split('\n').slice(0, -1) : undefined;
      });
      results.set(node, new Map(lines.map((line) => [line.split(' ', 1)[0]!, line.slice(line.indexOf(' ') + 1)])));
    }
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
    outsider?.kill('SIGKILL');
  });

  const NAMES =
    'descriptors symlinks processes devices trace settings sysrq modules namespaces handles raw sockets clock agent remount chroot signals'.split(
      ' ',
    );
  for (const node of ['dropped', 'mapped']) {
    for (const name of NAMES)
      it(`by ${name}: not from the node ${node}`, () => assert.equal(results.get(node)?.get(name), 'held'));
  }

  it('are real: a node that has kept everything gets out', () => {
    const out = [...results.get('open')!].filter(([, result]) => result.startsWith('ESCAPED')).map(([name]) => name);
    for (const name of ['devices', 'trace', 'settings', 'handles', 'sockets'])
      assert.ok(out.includes(name), `${name}: ${out.join(' ')}`);
  });

  it('leave the machine as it was', () => assert.deepEqual(machine(canary), asBefore));

  it('hurt nobody outside, and no PID 1', async () => {
    assert.equal(outsider.exitCode ?? outsider.signalCode, null);
    assert.deepEqual(
      (await scene.status()).members.map(({ pid }) => pid),
      inits,
    );
    assert.ok(inits.every((pid) => pid !== null && isAlive(pid)));
  });

  it('leave no program behind that another user could run', async () => {
    for (const node of ['dropped', 'open']) {
      const { stdout } = await netlab(['status', '-l', scene.name, '--json']);
      const log = (JSON.parse(stdout) as { members: { name: string; processes: { log: string }[] }[] }).members.find(
        ({ name }) => name === node,
      )!.processes[0]!.log;
      assert.throws(() =>
        run('setpriv', ['--reuid', 'nobody', '--regid', '65534', '--clear-groups', 'test', '-r', log]),
      );
    }
  });

  it('do not write through a link to where it leads outside', () => {
    assert.deepEqual(readdirSync(dirname(canary)), ['canary']);
  });

  it('do not come with `exec` either', async () => {
    const { stdout } = await scene.exec('dropped', ['/escape', canary, String(outsider.pid), '254', '0']);
    const lines = NAMES.map((name) => `${name} held`);
    assert.deepEqual(stdout.trim().split('\n').toSorted(), [...lines, 'done'].toSorted());
  });
});
