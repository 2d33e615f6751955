import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { netlab } from './cli.ts';
import { tempFolder } from './files.ts';
import { run } from './run.ts';

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

/** Runs a command in a node by `ip netns exec LAB.NODE`: an oracle that is not ours. It sees the node's network, and nothing else of it. */
export function inNode(lab: string, node: string, argv: readonly string[], input = ''): NodeResult {
  const result = spawnSync('ip', ['netns', 'exec', `${lab}.${node}`, ...argv], { encoding: 'utf8', input });
  if (result.error !== undefined) throw result.error;
  return { code: result.status ?? -1, stdout: result.stdout, stderr: result.stderr };
}

/** One entry of what `ip -j` prints: an object whose fields the test names itself. */
export type IpEntry = Readonly<Record<string, unknown>>;

/**
 * `ip -n LAB.NODE -j -d ARGS…` as a list: `ipJson('pair', 'r1', 'addr')`, `ipJson('pair', 'r1', '-6', 'route')`.
 * Give the entries a type to read them: `ipJson<{ ifname: string }>(…)`.
 */
export function ipJson<T = IpEntry>(lab: string, node: string, ...args: readonly string[]): T[] {
  // `ip` prints nothing at all for an empty table.
  return JSON.parse(run('ip', ['-n', `${lab}.${node}`, '-j', '-d', ...args]).trim() || '[]') as T[];
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
