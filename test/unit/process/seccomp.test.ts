/** The filter of `seccomp: default`, carried out here: call by call, and held against what containers have. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

import { LAST, numbersOf } from '../../../src/process/seccomp/numbers.ts';
import { special } from '../../../src/process/seccomp/profile.ts';
import { encodeFilter, filterOf } from '../../../src/process/seccomp/program.ts';
import { answer } from '../../support/filter.ts';
import { mobysProfile, ownRules, type Rule, rulesFor } from '../../support/profile.ts';
import { skip } from '../../support/probe.ts';

const X86_64 = 0xc000003e;
const I386 = 0x40000003;
const ARM64 = 0xc00000b7;
/** What docker leaves its containers. */
const DOCKER =
  `CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE`
    .split(' ')
    .map((name) => `CAP_${name}`);

describe('seccomp: default', () => {
  const docker = filterOf((capability) => DOCKER.includes(capability), 'x64');
  const all = filterOf(() => true, 'x64');
  const none = filterOf(() => false, 'x64');
  const numbers = numbersOf('x86_64');
  const of = (filter: typeof docker, name: string, arg = 0): string =>
    answer(filter, { number: numbers.get(name)!, arch: X86_64, args: [arg] });
  const raw = (number: number, arch = X86_64): string => answer(docker, { number, arch, args: [0] });

  it('allows what programs live by', () => {
    for (const name of 'read write openat execve exit_group mmap brk futex socketpair connect setuid capset seccomp'.split(
      ' ',
    ))
      assert.equal(of(docker, name), 'allow', name);
  });

  it('refuses what a container has no business with, and what nobody has named', () => {
    const numbersRefused = {
      add_key: 248,
      keyctl: 250,
      request_key: 249,
      kexec_load: 246,
      kexec_file_load: 320,
      swapon: 167,
      swapoff: 168,
      pivot_root: 155,
      uselib: 134,
      userfaultfd: 323,
      io_uring_setup: 425,
      move_pages: 279,
      vserver: 236,
      nfsservctl: 180,
    };
    for (const [name, number] of Object.entries(numbersRefused)) assert.equal(raw(number), 'errno 1', name);
    for (const name of 'mount umount2 setns unshare bpf reboot init_module ptrace'.split(' '))
      assert.equal(of(none, name), name === 'ptrace' ? 'allow' : 'errno 1', name);
  });

  it('says of calls that came later that there are none', () => {
    assert.equal(raw(LAST), 'allow');
    for (const number of [LAST + 1, 500, 1000, 0x3fffffff]) assert.equal(raw(number), 'errno 38');
  });

  it('allows with a capability what takes it', () => {
    for (const [name, capability] of Object.entries({
      mount: 'CAP_SYS_ADMIN',
      open_by_handle_at: 'CAP_DAC_READ_SEARCH',
      chroot: 'CAP_SYS_CHROOT',
      finit_module: 'CAP_SYS_MODULE',
      bpf: 'CAP_BPF',
      perf_event_open: 'CAP_PERFMON',
      syslog: 'CAP_SYSLOG',
      kcmp: 'CAP_SYS_PTRACE',
      mbind: 'CAP_SYS_NICE',
    })) {
      assert.equal(of(none, name), 'errno 1', name);
      assert.equal(
        of(
          filterOf((one) => one === capability, 'x64'),
          name,
        ),
        'allow',
        name,
      );
      assert.equal(of(all, name), 'allow', name);
    }
  });

  it('looks at what clone, socket and personality are asked for', () => {
    const user = 0x10000000;
    assert.deepEqual(
      [of(docker, 'clone', 17), of(docker, 'clone', user | 17), of(all, 'clone', user)],
      ['allow', 'errno 1', 'allow'],
    );
    assert.deepEqual([of(docker, 'clone3'), of(all, 'clone3')], ['errno 38', 'allow']);
    const families = Array.from({ length: 50 }, (_, family) => family).filter(
      (family) => of(all, 'socket', family) !== 'allow',
    );
    assert.deepEqual(families, [38, 40]);
    const asked = [0, 8, 0x20000, 0x20008, 0xffffffff, 1, 0x40000, 0x20009].map((value) =>
      of(docker, 'personality', value),
    );
    assert.deepEqual(asked, ['allow', 'allow', 'allow', 'allow', 'allow', 'errno 1', 'errno 1', 'errno 1']);
  });

  it('kills what comes by another architecture', () => {
    assert.equal(raw(0, ARM64), 'kill');
    assert.equal(raw(3, I386), 'allow');
    assert.equal(
      answer(
        filterOf(() => true, 'arm64'),
        { number: 63, arch: ARM64, args: [0] },
      ),
      'allow',
    );
  });

  it('is small enough for the kernel, and has all of its instructions', () => {
    assert.ok(docker.length < 1000, String(docker.length));
    assert.equal(encodeFilter([[0x20, 1, 255, 0xffffffff]]), '002001ffffffffff');
    for (const [i, [code, jt, jf, k]] of docker.entries()) {
      assert.ok(jt < 256 && jf < 256, String(i));
      if (code !== 0x06) assert.ok(i + 1 + (code === 0x05 ? k : Math.max(jt, jf)) < docker.length, String(i));
    }
  });

  it('has the numbers of the kernel', function () {
    const headers = '/usr/include/x86_64-linux-gnu/asm/unistd_';
    const files = { x86_64: '64.h', i386: '32.h', x32: 'x32.h' } as const;
    if (!existsSync(`${headers}64.h`)) skip(this, 'this machine has no headers of the kernel for x86');
    for (const abi of ['x86_64', 'i386', 'x32'] as const) {
      const text = readFileSync(`${headers}${files[abi]}`, 'utf8');
      const there = new Map(
        [...text.matchAll(/^#define __NR_(\w+) (?:\(__X32_SYSCALL_BIT \+ )?(\d+)/gm)].map(([, name, n]) => [
          name!,
          Number(n),
        ]),
      );
      for (const [name, number] of numbersOf(abi)) {
        // What is younger than these headers has the next numbers, the same everywhere.
        if (number > 450 && number < 512 && !there.has(name)) continue;
        if (name === 'uretprobe' && !there.has(name)) continue;
        assert.equal(number, there.get(name), `${abi} ${name}`);
      }
    }
  });

  // With the file of docker 20.10 just these differ; with a newer one (NETLAB_SECCOMP_PROFILE) none do.
  const SINCE = `cachestat fchmodat2 futex_requeue futex_wait futex_wake getxattrat io_uring_enter io_uring_register io_uring_setup
    listmount listxattrat lsm_get_self_attr lsm_list_modules lsm_set_self_attr map_shadow_stack mseal name_to_handle_at pkey_alloc
    pkey_free pkey_mprotect removexattrat set_mempolicy_home_node setxattrat socket statmount uretprobe bpf perf_event_open clock_settime64 process_vm_readv
    process_vm_writev`;

  it('is what moby says', function () {
    const moby = mobysProfile();
    if (moby === undefined)
      skip(
        this,
        'this machine has no default.json of moby (golang-github-docker-docker-dev, or NETLAB_SECCOMP_PROFILE)',
      );
    const isOld = !moby.rules.some(({ names }) => names.includes('cachestat'));
    const old = new Set(isOld ? SINCE.trim().split(/\s+/) : []);
    for (const capabilities of [
      [],
      DOCKER,
      ['CAP_SYS_ADMIN'],
      ['CAP_BPF', 'CAP_SYSLOG', 'CAP_SYS_TIME', 'CAP_SYS_NICE'],
    ]) {
      assert.deepEqual(inWords(ownRules(capabilities), old), inWords(rulesFor(moby.rules, capabilities), old));
    }
  });

  it('gives each call that needs rights to somebody', () => {
    assert.deepEqual(
      [...special(() => true)].filter(([, verdict]) => verdict === 'eperm'),
      [],
    );
  });
});

/** Each call, and under which conditions it is allowed; but for those in `old`, and those that no machine of ours has. */
function inWords(rules: readonly Rule[], old: ReadonlySet<string>): Record<string, string[]> {
  const known = new Set((['x86_64', 'i386'] as const).flatMap((abi) => [...numbersOf(abi).keys()]));
  const foreign = new Set(['riscv_hwprobe', 'recv', 'send', 'sync_file_range2']);
  const words = new Map<string, Set<string>>();
  for (const { names, action, errnoRet, args } of rules) {
    for (const name of names) {
      if (old.has(name) || foreign.has(name)) continue;
      if (!known.has(name)) words.set(`${name}, which we have not`, new Set());
      const own = words.get(name) ?? new Set();
      const tests = (args ?? []).map(({ index, op, value }) => `${index} ${op} ${value}`);
      words.set(name, own.add([action, errnoRet, ...tests].filter((word) => word !== undefined).join(' ')));
    }
  }
  return Object.fromEntries(
    [...words]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, list]) => [name, list.has('SCMP_ACT_ALLOW') ? ['SCMP_ACT_ALLOW'] : [...list].toSorted()]),
  );
}
