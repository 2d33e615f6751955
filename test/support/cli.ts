import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

import { noteUp } from './ledger.ts';
import { asUser } from './user.ts';

/** The command line as it ships; with NETLAB_TEST_UNBUNDLED=1 its modules, which `npm run coverage` can map to their lines. */
export const CLI = fileURLToPath(
  new URL(
    process.env['NETLAB_TEST_UNBUNDLED'] === '1' ? '../../src/cli/main.js' : '../../bin/netlab.cjs',
    import.meta.url,
  ),
);

export interface RunOptions {
  /** Standard input; empty unless said. */
  readonly input?: string | Uint8Array;
  /** Milliseconds, 60000 unless said; then SIGKILL, and the promise rejects with what was printed so far. */
  readonly timeout?: number;
  /** Added to this process's environment; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Called with the process as soon as it runs: for tests that interrupt or kill it. */
  readonly onSpawn?: (child: ChildProcess) => void;
}

export interface Result {
  /** The exit code; 128 + N when signal N ended it, as a shell says it. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `netlab ARGS…` as the current user ({@link describeForUsers}) and collects what it printed. A code that is not 0 is a result, not an error. It resolves when the
 * command has exited, even if a process that it left behind (the keeper) should hold its output open: that would be a bug
 * which a test can then show, instead of hanging.
 */
export function netlab(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { input = '', timeout = 60_000, env = {}, cwd, onSpawn } = options;
  const { argv, env: own } = asUser([process.execPath, CLI, ...args]);
  const child = spawn(argv[0]!, argv.slice(1), {
    env: { ...process.env, NO_COLOR: '1', ...own, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that ends without reading its input closes the pipe under us; that is its right.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  onSpawn?.(child);

  return new Promise((resolve, reject) => {
    const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeout);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      const finish = () => {
        child.stdout.destroy();
        child.stderr.destroy();
        const printed = { stdout: text(stdout), stderr: text(stderr) };
        if (late) {
          reject(
            new Error(`netlab ${args.join(' ')} did not end in ${timeout} ms\n${printed.stdout}${printed.stderr}`),
          );
        } else {
          if (code === 0 && (args[0] === 'up' || args[0] === 'test') && cwd === undefined) noteUp(args, String(input));
          resolve({ code: code ?? 128 + signalNumber(signal), signal, ...printed });
        }
      };
      // What is still in the pipes arrives before `close`; an inherited descriptor would keep them open for ever.
      const patience = setTimeout(finish, 1000);
      child.on('close', () => {
        clearTimeout(patience);
        finish();
      });
    });
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : (constants.signals[signal] ?? 0);
}
