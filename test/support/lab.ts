import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { helperPath } from '../../src/process/helper.ts';
import { CLI, netlab } from './cli.ts';
import { tempFolder } from './files.ts';
import { run } from './run.ts';
import { asUser, places, user } from './user.ts';

let count = 0;

/** A lab name that no other test and no other test run on this machine has: `t1234-7`, or `t1234-7-pair`. */
export function uniqueLabName(suffix = ''): string {
  return `t${process.pid}-${++count}${suffix === '' ? '' : `-${suffix}`}`.slice(0, 32);
}

/** What a command in a node came to. */
export interface NodeResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command in a node by `ip netns exec LAB.NODE`: an oracle that is not ours. It sees the node's network, and nothing else of
 * it. An ordinary user has no other way in than `netlab exec`.
 */
export function inNode(lab: string, node: string, argv: readonly string[], input = ''): NodeResult {
  const {
    argv: [command = '', ...args],
    env,
  } = nodeCommand(lab, node, argv);
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    input,
    env: { ...process.env, ...env },
    maxBuffer: 64 << 20,
  });
  if (result.error !== undefined) throw result.error;
  return { code: result.status ?? -1, stdout: result.stdout, stderr: result.stderr };
}

const entered = new Set<string>();

/**
 * The command line that runs a command in a node, for the current user. For `nobody` it is `netlab exec` at first; that it works is
 * then known, and the hundred commands after it are run by what it becomes, without the start of Node before each.
 */
export function nodeCommand(lab: string, node: string, argv: readonly string[]): ReturnType<typeof asUser> {
  if (user() === 'root') return { argv: ['ip', 'netns', 'exec', `${lab}.${node}`, ...argv], env: {} };
  if (entered.has(`${lab}.${node}`)) return helperCommand(lab, node, argv);
  entered.add(`${lab}.${node}`);
  return asUser([process.execPath, CLI, 'exec', '-T', '-l', lab, node, '--', ...argv]);
}

function helperCommand(lab: string, node: string, argv: readonly string[]): ReturnType<typeof asUser> {
  return asUser([helperPath(), 'exec', '-n', `${places().netns}/${lab}.${node}`, '--', ...argv]);
}

/** What a tool prints in a node's network namespace; it must succeed. */
export function toolInNode(lab: string, node: string, argv: readonly string[]): string {
  if (user() === 'root') return run('ip', ['netns', 'exec', `${lab}.${node}`, ...argv]);
  const { argv: own } = helperCommand(lab, node, argv);
  return run(own[0]!, own.slice(1));
}

/** One entry of what `ip -j` prints: an object whose fields the test names itself. */
export type IpEntry = Readonly<Record<string, unknown>>;

/**
 * `ip -n LAB.NODE -j -d ARGS…` as a list: `ipJson('pair', 'r1', 'addr')`, `ipJson('pair', 'r1', '-6', 'route')`.
 * Give the entries a type to read them: `ipJson<{ ifname: string }>(…)`.
 */
export function ipJson<T = IpEntry>(lab: string, node: string, ...args: readonly string[]): T[] {
  // `ip` prints nothing at all for an empty table.
  const text =
    user() === 'root'
      ? run('ip', ['-n', `${lab}.${node}`, '-j', '-d', ...args])
      : toolInNode(lab, node, ['ip', '-j', '-d', ...args]);
  return JSON.parse(text.trim() || '[]') as T[];
}

/** A lab that is up, and the file that it was made from. */
export interface RunningLab {
  readonly name: string;
  readonly file: string;
}

/**
 * Brings up a copy of a topology file under a name of its own, calls `fn`, and takes the lab down whatever happened.
 * Fails with what netlab printed when `up` or `down` does. The copy stands in a temporary folder: relative paths in the
 * file lead nowhere.
 */
export async function withLab(file: string, fn: (lab: RunningLab) => void | Promise<void>): Promise<void> {
  const name = uniqueLabName(
    basename(file)
      .replace(/\.ya?ml$/, '')
      .replaceAll(/[^a-z0-9-]/g, '-'),
  );
  const copy = join(tempFolder(), `${name}.yaml`);
  writeFileSync(copy, renamed(readFileSync(file, 'utf8'), name));
  try {
    await must(['up', copy]);
    await fn({ name, file: copy });
  } finally {
    await must(['down', name]);
  }
}

/** The topology with another `name`. */
export function renamed(text: string, name: string): string {
  return /^name:.*$/m.test(text) ? text.replace(/^name:.*$/m, `name: ${name}`) : `name: ${name}\n${text}`;
}

async function must(args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await netlab(args);
  if (code !== 0) throw new Error(`netlab ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
}
