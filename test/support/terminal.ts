import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { CLI } from './cli.ts';
import { asUser } from './user.ts';

// Not compiled, so it stands with the sources.
const DRIVER = fileURLToPath(new URL('../../../test/kernel/process/terminal.py', import.meta.url));

/** What a person does in front of a terminal; the driver's own text says what each step means. */
export type Step = ['size', number, number] | ['type', string] | ['until', string] | ['signal', number];

export interface Session {
  /** The exit code, or minus the signal that ended it. */
  readonly code: number;
  /** All that stood on the screen. */
  readonly text: string;
}

/** Runs `netlab ARGS…` on a real pseudo-terminal and plays the person before it. */
export async function onTerminal(args: readonly string[], steps: readonly Step[]): Promise<Session> {
  const { argv, env: own } = asUser(['python3', DRIVER, process.execPath, CLI, ...args]);
  const env = { ...process.env, NO_COLOR: '1', TERM: 'dumb', SHELL: '/bin/bash', ...own };
  const child = spawn(argv[0]!, argv.slice(1), { env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(steps.map((step) => `${JSON.stringify(step)}\n`).join(''));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the script was not followed: ${stderr}`);
  return JSON.parse(stdout) as Session;
}
