/** A program that brings a lab up by the library, as a test starts and ends it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LIBRARY = fileURLToPath(new URL('../../../src/index.js', import.meta.url));

/** A program with a lab of one node, which prints `up` when that runs, and goes on with `rest`. */
const program = (name: string, rest: string, options = ''): string => `
  import { Lab } from ${JSON.stringify(LIBRARY)};
  const topology = { nodes: { a: { processes: { p: 'PROCESS' } } } };
  topology.nodes.a.processes.p = { command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] };
  const lab = await Lab.up(topology, { name: ${JSON.stringify(name)}, ${options} });
  console.log('up');
  ${rest}
`;

export function start(name: string, rest: string, options = ''): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(name, rest, options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Without a terminal's Ctrl-C.
    detached: true,
  });
  child.stderr.resume();
  return child;
}

export async function isUp(child: ChildProcess): Promise<void> {
  const [text] = (await once(child.stdout!, 'data')) as [Buffer];
  assert.equal(text.toString(), 'up\n');
}

export async function end(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
}

/** What keeps a program from ending. */
export const IDLE = 'setInterval(() => {}, 1000);';
