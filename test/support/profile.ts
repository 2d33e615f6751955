/** A profile of system calls as container engines have it (JSON), and a container of runc's under it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { numbersOf } from '../../src/process/seccomp/numbers.ts';
import { special } from '../../src/process/seccomp/profile.ts';
import { tempFolder } from './files.ts';
import { uniqueLabName } from './lab.ts';
import { run } from './run.ts';

interface Argument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: string;
}

/** An entry of `syscalls`. */
export interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly Argument[] | null;
  readonly includes?: { readonly caps?: readonly string[]; readonly arches?: readonly string[] };
  readonly excludes?: { readonly caps?: readonly string[]; readonly arches?: readonly string[] };
}

/** moby's profile, if this machine has it: $NETLAB_SECCOMP_PROFILE, or Debian's golang-github-docker-docker-dev (of 2023). */
export function mobysProfile(): { readonly rules: readonly Rule[] } | undefined {
  const packaged = '/usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json';
  const path = process.env['NETLAB_SECCOMP_PROFILE'] ?? packaged;
  try {
    return { rules: (JSON.parse(readFileSync(path, 'utf8')) as { syscalls: Rule[] }).syscalls };
  } catch {
    return undefined;
  }
}

/** The rules that hold on x86-64 for a container with these capabilities, as moby chooses them. */
export function rulesFor(rules: readonly Rule[], capabilities: readonly string[]): Rule[] {
  const has = (cap: string): boolean => capabilities.includes(cap);
  return rules
    .filter(({ includes = {}, excludes = {} }) => {
      const there = (includes.arches ?? ['amd64']).includes('amd64') && (includes.caps ?? []).every(has);
      return there && !(excludes.arches ?? []).includes('amd64') && !(excludes.caps ?? []).some(has);
    })
    .map(({ names, action, errnoRet, args }) => ({
      names,
      action,
      ...(errnoRet === undefined ? {} : { errnoRet }),
      ...(args === undefined || args === null ? {} : { args: args.map((one) => ({ valueTwo: 0, ...one })) }),
    }));
}

/** Our own profile in those words: names alone, so that libseccomp finds the numbers. */
export function ownRules(capabilities: readonly string[]): Rule[] {
  const known = special((capability) => capabilities.includes(capability));
  const names = new Set((['x86_64', 'i386'] as const).flatMap((abi) => [...numbersOf(abi).keys()]));
  return [...names].flatMap((name): Rule[] => {
    const verdict = known.get(name) ?? 'allow';
    const allow = (...args: Argument[]): Rule => ({ names: [name], action: 'SCMP_ACT_ALLOW', args });
    if (verdict === 'eperm') return [];
    if (verdict === 'enosys') return [{ names: [name], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }];
    if (verdict === 'allow') return [{ names: [name], action: 'SCMP_ACT_ALLOW' }];
    if ('without' in verdict)
      return [allow({ index: 0, value: verdict.without, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' })];
    const one = (value: number, op: string): Rule => allow({ index: 0, value, valueTwo: 0, op });
    if ('oneOf' in verdict) return verdict.oneOf.map((value) => one(value, 'SCMP_CMP_EQ'));
    const values = verdict.noneOf.toSorted((a, b) => a - b);
    const between = Array.from({ length: values.at(-1)! - values[0]! }, (_, i) => values[0]! + i);
    return [
      one(values[0]!, 'SCMP_CMP_LT'),
      ...between.filter((value) => !values.includes(value)).map((value) => one(value, 'SCMP_CMP_EQ')),
      one(values.at(-1)!, 'SCMP_CMP_GT'),
    ];
  });
}

/** Runs a container of runc's that does nothing, with these rules; `use` gets its pid. Its files are the machine's, read-only. */
export function inContainer(rules: readonly Rule[], use: (pid: number) => void): void {
  const bundle = join(tempFolder(), uniqueLabName('runc'));
  mkdirSync(join(bundle, 'rootfs'), { recursive: true });
  const name = uniqueLabName('runc');
  const seccomp = {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    syscalls: rules,
  };
  const folders = ['/usr', '/bin', '/lib', '/lib64'];
  const mounts = folders.map((folder) => ({
    destination: folder,
    type: 'bind',
    source: folder,
    options: ['rbind', 'ro'],
  }));
  const config = {
    ociVersion: '1.0.2',
    process: { terminal: false, user: { uid: 0, gid: 0 }, args: ['/bin/sleep', '300'], env: [], cwd: '/' },
    root: { path: 'rootfs', readonly: false },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }, ...mounts],
    linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'network' }], seccomp },
  };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  const pidFile = join(bundle, 'pid');
  const started = spawnSync('runc', ['run', '-d', '--bundle', bundle, '--pid-file', pidFile, name], {
    stdio: 'ignore',
  });
  try {
    if (started.status !== 0) throw new Error(`runc run ended with ${started.status}`);
    use(Number(readFileSync(pidFile, 'utf8')));
  } finally {
    run('runc', ['delete', '-f', name]);
  }
}
