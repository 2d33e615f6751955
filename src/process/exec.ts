import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';

import { InterruptedError, SystemError } from '../errors.ts';
import { errnoName } from '../sys/errno.ts';
import { c, errno } from '../sys/libc.ts';
import { after } from '../sys/timer.ts';
import { helperPath } from './helper.ts';

const F_SETFD = 2;

/** Where a command runs: in all namespaces of a node's PID 1, or (a node with `[net]` alone) in a network namespace. */
export type ExecTarget =
  | {
      readonly pid: number;
      /** Where is told how programs are confined there: the socket of PID 1. */
      readonly control?: string;
      /** The program, by its name there, as which the command is confined, and as whose user it runs. */
      readonly program?: string;
    }
  | { readonly netns: string };

export interface ExecOptions {
  /** Opens a terminal in the node and relays to ours: window size, signals, job control. */
  readonly terminal?: boolean;
  /** Unless said, our own working directory if the node has it, else `/`. */
  readonly cwd?: string;
  /**
   * `name`, `uid`, `uid:gid` or `name:group`, as the node's /etc/passwd has it. HOME, USER and LOGNAME follow. Unless said, that of
   * the target's program, or root.
   */
  readonly user?: string;
  /** Control groups that it joins, as folders. */
  readonly groups?: readonly string[];
  /** The command is killed when this process ends, however it ends. */
  readonly endWithParent?: boolean;
}

/** The command line that runs `command` in a node; its first word is the program. Like `nsenter -a -t PID -- COMMAND…`. */
export function execArguments(target: ExecTarget, command: readonly string[], options: ExecOptions = {}): string[] {
  const { terminal = false, cwd, user, groups = [], endWithParent = false } = options;
  return [
    helperPath(),
    'exec',
    ...(terminal ? ['-t'] : []),
    ...(endWithParent ? ['-k'] : []),
    ...(cwd === undefined ? [] : ['-d', cwd]),
    ...(user === undefined ? [] : ['-u', user]),
    ...groups.flatMap((folder) => ['-g', folder]),
    ...('pid' in target ? ['-p', String(target.pid)] : ['-n', target.netns]),
    ...('pid' in target && target.control !== undefined ? ['-c', target.control] : []),
    ...('pid' in target && target.program !== undefined ? ['-w', target.program] : []),
    '--',
    ...command,
  ];
}

/**
 * Becomes that program: this process, its pid and its open streams are from now on the command's, and so are the descriptors
 * `keep`. `added` is laid over our environment. Nothing of ours runs any more, no `finally` and no exit handler either.
 * @throws SystemError when the program can't be executed.
 */
export function execReplace(
  argv: readonly string[],
  keep: readonly number[] = [],
  added: Readonly<Record<string, string>> = {},
): never {
  const [path = ''] = argv;
  // Node marks every descriptor that it finds at its start as close-on-exec (uv_disable_stdio_inheritance), the streams too.
  for (const fd of [0, 1, 2, ...keep]) c.fcntl(fd, F_SETFD, 0);
  const environment = Object.entries({ ...process.env, ...added }).map(([key, value]) => `${key}=${value}`);
  c.execve(path, [...argv, null], [...environment, null]);
  throw new SystemError('execve', errnoName(errno()), path);
}

/** What a command came to. */
export interface ExecResult {
  /** The command's; 128 + N when signal N ended it; 125 netlab's own failure, 126 not executable, 127 not found. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** It was killed because its time was over. */
  readonly timedOut: boolean;
}

export interface CaptureOptions {
  /** Empty unless said. */
  readonly stdin?: string | Uint8Array;
  /** The whole environment; this process's unless said. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; then it is killed. No limit unless said. */
  readonly timeout?: number;
  /** Kills it, and rejects with InterruptedError. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a command line of {@link execArguments} and collects what it prints. A code that is not 0 is a result, not an error.
 * Ends when its output is closed too: a background process that keeps it open keeps us waiting, as in a shell's `$(…)`.
 * @throws SystemError when the program can't be executed; InterruptedError when `signal` is aborted.
 */
export function execCapture(argv: readonly string[], options: CaptureOptions = {}): Promise<ExecResult> {
  const { stdin = '', env, timeout, signal } = options;
  const [path = '', ...rest] = argv;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(new InterruptedError());
      return;
    }
    let timedOut = false;
    let callOff: (() => void) | undefined;
    const child = spawn(path, rest, { stdio: ['pipe', 'pipe', 'pipe'], ...(env === undefined ? {} : { env }) });
    const kill = () => {
      if (!killInside(path, child.pid)) child.kill('SIGKILL');
      // Descendants in the node may hold these; nobody waits for them now.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const settle = () => {
      callOff?.();
      signal?.removeEventListener('abort', kill);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle();
      reject(new SystemError('spawn', error.code ?? 'EIO', path));
    });
    // Where no pipe can be made there are no streams, and the error comes in a moment.
    const streams = [child.stdin, child.stdout, child.stderr] as readonly (object | undefined)[];
    if (streams.includes(undefined)) return;
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    // A command that ends without reading its input closes the pipe under us; that is its right.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);

    if (timeout !== undefined)
      callOff = after(timeout, () => {
        timedOut = true;
        kill();
      });
    signal?.addEventListener('abort', kill, { once: true });

    child.on('close', (code, name) => {
      settle();
      const exitCode = code ?? 128 + (name === null ? 0 : constants.signals[name]);
      if (signal?.aborted === true) reject(new InterruptedError());
      else resolve({ exitCode, stdout: stdout(), stderr: stderr(), timedOut });
    });
  });
}

/**
 * Kills the command that netlab-init has forked into a node and waits for; false when there is none, and what was started is to be killed itself.
 * Left without netlab-init, the dead command would be the machine's PID 1's to reap. That of many a container (`tail -f /dev/null`) reaps nobody,
 * and a pid namespace that has a dead process in it never ends: `down` would wait for ever.
 */
function killInside(program: string, pid: number | undefined): boolean {
  try {
    if (readlinkSync(`/proc/${pid}/exe`) !== realpathSync(program)) return false;
    const inside = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter((word) => word !== '');
    for (const each of inside) process.kill(Number(each), 'SIGKILL');
    return inside.length > 0;
  } catch {
    // It has just ended, or this kernel does not tell of children.
    return false;
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
