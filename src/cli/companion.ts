/** A command of a node that runs beside a verb: `--with 'a -- ping -c 3 b'`. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { SystemError, UsageError } from '../errors.ts';
import { commandWords } from './command-words.ts';
import type { Lab } from './library.ts';

/** A command and where it runs. */
export interface Companion {
  readonly node: string;
  readonly command: readonly string[];
}

/** `NODE -- COMMAND`, and the same behind `exec`. Throws UsageError. */
export function companionOf(option: string, text: string): Companion {
  const words = commandWords(option, text);
  if (words[0] === 'netlab') words.shift();
  const [node, ...command] = words[0] === 'exec' ? words.slice(1) : words;
  if (command[0] === '--') command.shift();
  if (node === undefined || node.startsWith('-') || command.length === 0)
    throw new UsageError(`option ${option} needs NODE -- COMMAND, found ${JSON.stringify(text)}`);
  return { node, command };
}

/**
 * Runs it, and resolves with its exit code, or 128 + N when signal N ended it. What it prints goes to standard error, for standard output has
 * the verb's own results; its standard input is empty.
 * @throws LabError when there is no such node; SystemError when it cannot be run at all.
 */
export async function runCompanion(lab: Lab, { node: name, command }: Companion, signal: AbortSignal): Promise<number> {
  const node = lab.node(name);
  const [path = '', ...rest] = await node.execArgv(command);
  const child = spawn(path, rest, { stdio: ['ignore', 2, 2], env: { ...process.env, ...node.environment } });
  const kill = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', kill, { once: true });
  return new Promise((resolve, reject) => {
    const settle = (): void => signal.removeEventListener('abort', kill);
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle();
      reject(new SystemError('spawn', error.code ?? 'EIO', path));
    });
    child.on('exit', (code, ended) => {
      settle();
      resolve(code ?? 128 + (ended === null ? 0 : constants.signals[ended]));
    });
  });
}
