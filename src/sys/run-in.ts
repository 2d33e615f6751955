import { spawnSync } from 'node:child_process';

import { isErrno } from './errno.ts';
import { inNetns } from './netns.ts';

/** What a program came to. */
export interface RunResult {
  /** 0 when it ended well; -1 when it could not be started or was killed. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** It is not on this machine. */
  readonly missing: boolean;
}

/** Runs a program in a network namespace and waits for its end. A child is born in the namespace of the thread that forks it. */
export function runIn(netns: number, argv: readonly string[], stdin = ''): RunResult {
  return inNetns(netns, () => runHere(argv, stdin));
}

/** Runs a program in the namespace that this process is in now. */
export function runHere([program = '', ...args]: readonly string[], stdin = ''): RunResult {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    input: stdin,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: { ...process.env, LC_ALL: 'C' },
  });
  const missing = isErrno(error, 'ENOENT');
  return { code: status ?? -1, stdout: stdout ?? '', stderr: stderr ?? error?.message ?? '', missing };
}
