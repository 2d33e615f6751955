/** `seccomp`: the filter that the kernel has of each program, the same that runc gives a container, and what it answers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { answer, filtersOf } from '../../support/filter.ts';
import { describeForUsers, edited, inShort, probe, processNamed, requireRoot, Scene } from '../../support/index.ts';
import { inContainer, ownRules } from '../../support/profile.ts';

const DOCKER =
  'CHOWN, DAC_OVERRIDE, FSETID, FOWNER, MKNOD, NET_RAW, SETGID, SETUID, SETFCAP, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT, KILL, AUDIT_WRITE';

const LAB = `
nodes:
  container:
    seccomp: default
    no_new_privileges: true
    capabilities: { keep: [${DOCKER}] }
    setup: [[sh, -c, "grep ^Seccomp /proc/self/status > /dev/shm/setup"]]
    processes:
      as-node: { command: [sleep, '32001'] }
      less: { command: [sleep, '32002'], capabilities: { keep: [] } }
  every:
    seccomp: default
    processes:
      as-node: { command: [sleep, '32003'] }
      more: { command: [sleep, '32004'], no_new_privileges: true }
  open:
    seccomp: unconfined
    processes:
      as-node: { command: [sleep, '32005'], seccomp: unconfined }
      one: { command: [sleep, '32006'], seccomp: default, capabilities: { drop: [SYS_ADMIN] } }
`;

/** Calls without any effect (a bad descriptor, no memory), and what came of each. */
const CALLS = `
import ctypes, os, errno
call = ctypes.CDLL(None, use_errno=True).syscall
def answer(number, *args):
    return 'done' if call(number, *args) >= 0 else errno.errorcode[ctypes.get_errno()]
print(answer(165, 0, 0, 0, 0, 0), answer(272, 0x10000000), answer(435, 0, 0), answer(467), answer(248, 0, 0, 0, 0, 0),
      answer(41, 40, 1, 0), answer(135, 0xffffffff), answer(135, 1 << 20), answer(425, 0, 0), answer(161, 0))
`;

describeForUsers('seccomp', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'pid namespaces', 'user namespaces of nobody', 'python3');
    scene = new Scene(LAB, 'seccomp');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const pidOf = (seconds: string): number => Number(processNamed(scene.name, `sleep ${seconds}`)!.split('@')[0]);
  const filtered = (text: string): string[] => [...text.matchAll(/^Seccomp\w*:\s+(\d+)$/gm)].map(([, value]) => value!);
  const of = (seconds: string): string[] => filtered(readFileSync(`/proc/${pidOf(seconds)}/status`, 'utf8'));
  const calls = async (node: string): Promise<string> => {
    const { code, stdout, stderr } = await scene.exec(node, ['python3', '-c', CALLS]);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };

  it('filters what the file says, and nothing else', () => {
    assert.deepEqual(of('32001'), ['2', '1']);
    // Who has less than the node has a filter that knows of it.
    assert.deepEqual(of('32002'), ['2', '2']);
    assert.deepEqual(of('32003'), ['2', '1']);
    assert.deepEqual(of('32004'), ['2', '1']);
    assert.deepEqual(of('32005'), ['0', '0']);
    assert.deepEqual(of('32006'), ['2', '1']);
  });

  it('filters `exec` and `setup`', async () => {
    const status = async (node: string, file: string) => filtered((await scene.exec(node, ['cat', file])).stdout);
    assert.deepEqual(await status('container', '/proc/self/status'), ['2', '1']);
    assert.deepEqual(await status('container', '/dev/shm/setup'), ['2', '1']);
    assert.deepEqual(await status('open', '/proc/self/status'), ['0', '0']);
  });

  it('answers as in a container', async () => {
    // mount, unshare of a user namespace, clone3, a call of the future, add_key, AF_VSOCK, personality twice, io_uring, chroot
    assert.equal(await calls('container'), 'EPERM EPERM ENOSYS ENOSYS EPERM EPERM done EPERM EPERM EFAULT');
    const all = (await calls('every')).split(' ');
    assert.deepEqual([all[0] === 'EPERM', all[1], all[2]], [false, 'done', 'EINVAL']);
    assert.notEqual((await calls('open')).split(' ')[4], 'EPERM');
  });

  it('is the filter that runc makes of the same profile', function () {
    probe(this, 'runc');
    const [X86_64, I386] = [0xc000003e, 0x40000003];
    // Beyond 449 an older libseccomp knows none, nor uretprobe.
    const known = Array.from({ length: 450 }, (_, number) => number).filter((number) => number !== 335);
    const numbers = [...known, 1000, ...known.map((number) => 0x40000000 + number), 0x40000000 + 520, 0x40000000 + 600];
    const values = [0, 1, 8, 17, 37, 38, 39, 40, 41, 0x20000, 0x20008, 0x10000011, 0xffffffff];
    const lists: Record<string, string[]> = { '32001': DOCKER.split(', ').map((name) => `CAP_${name}`) };
    for (const [seconds, capabilities] of Object.entries(lists)) {
      const [own] = filtersOf(pidOf(seconds));
      inContainer(ownRules(capabilities), (pid) => {
        const [theirs] = filtersOf(pid);
        for (const arch of [X86_64, I386])
          for (const number of numbers.filter((each) => arch === X86_64 || each < 0x40000000))
            for (const value of values) {
              const call = { number, arch, args: [value] };
              assert.equal(answer(own!, call), answer(theirs!, call), JSON.stringify(call));
            }
      });
    }
  });

  it('comes and goes with the file', async () => {
    await scene.assertNothingToDo();
    const text = edited(LAB, '    seccomp: unconfined\n', '    seccomp: default\n').replace(
      ', seccomp: unconfined',
      '',
    );
    assert.ok(inShort(await scene.become(text)).includes('update node open: seccomp unset → default'));
    assert.deepEqual(of('32005'), ['2', '1']);
    assert.deepEqual(inShort(await scene.become(edited(text, "'32006'], seccomp: default,", "'32006'],"))), [
      'update process open/one: seccomp default → unset',
    ]);
    assert.deepEqual(of('32006'), ['2', '2']);
    await scene.assertNothingToDo();
  });
});
