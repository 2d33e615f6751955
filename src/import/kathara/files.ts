/** A device's folder, and the lab's shared one → `files`, mounts and commands that copy. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { shellWord } from '../../resource/shell.ts';
import type { Draft, NodeDraft } from '../draft.ts';
import { pathFrom } from '../text.ts';
import { type NodeFolder, type OtherFile, readNodeFolder, withLessText } from '../folder.ts';
import type { Machine } from './lab-conf.ts';

/** Where files are, and are going to be. */
export interface Folders {
  /** That of the topology. */
  readonly home: string;
  /** That of the lab. */
  readonly folder: string;
}

/** Fills `files` and `mounts` of the node; what is in its folder. */
export function addFiles(draft: Draft, node: NodeDraft, machine: Machine, { home, folder }: Folders): NodeFolder {
  const own = join(folder, machine.name);
  const laid = withLessText(readNodeFolder(own), own);
  // Files of a topology cannot be executed.
  for (const { path, text, executable } of laid.texts) if (!executable) node.files = { ...node.files, [path]: text };
  const shared = join(folder, 'shared');
  if (existsSync(shared)) {
    const source = pathFrom(home, shared);
    node.mounts = [...(node.mounts ?? []), { type: 'bind', source, target: '/shared' }];
    if (!draft.carried.some(({ path }) => path === source))
      draft.carried.push({ path: source, reason: 'the folder that all devices share, at /shared' });
  }
  return laid;
}

/**
 * Copies into the node, before all else that it runs, what cannot stand in `files`: what is no text, programs, and what its own commands
 * (`script`) may replace, move, or give to somebody else.
 */
export function addCopies(
  draft: Draft,
  node: NodeDraft,
  machine: Machine,
  { home, folder, laid, script }: Folders & { readonly laid: NodeFolder; readonly script: string },
): void {
  const texts = laid.texts.flatMap(({ path, text, executable }): Pick<OtherFile, 'path' | 'reason'>[] => {
    if (executable) return [{ path, reason: 'a program' }];
    const own = node.files?.[path] === text && speaksOf(script, path);
    return own ? [{ path, reason: 'a file that the startup works on' }] : [];
  });
  const copied = [...laid.others, ...texts];
  const commands = laid.empty.map((path) => `mkdir -p ${shellWord(path)}`);
  const [first, ...more] = copied;
  if (first !== undefined) {
    for (const { path } of texts) if (node.files !== undefined) delete node.files[path];
    if (node.files !== undefined && Object.keys(node.files).length === 0) delete node.files;
    // Where Kathará's devices have it, too.
    const hostlab = `/hostlab/${machine.name}`;
    const source = pathFrom(home, join(folder, machine.name));
    node.mounts = [...(node.mounts ?? []), { type: 'bind', source, target: hostlab, read_only: true }];
    const others = more.length === 0 ? '' : `, and ${more.length} more`;
    draft.carried.push({ path: source, reason: `${first.path} is ${first.reason}${others}` });
    const folders = [...new Set(copied.map(({ path }) => dirname(path)))].filter((path) => path !== '/');
    if (folders.length > 0) commands.push(`mkdir -p ${folders.map(shellWord).join(' ')}`);
    commands.push(...copied.map(({ path }) => `cp -P ${shellWord(hostlab + path)} ${shellWord(path)}`));
  }
  if (commands.length > 0) node.setup = [...commands, ...(node.setup ?? [])];
}

/** Whether a script names a file, by its path or its name, a folder in which it is, or a pattern for one of them. */
function speaksOf(script: string, path: string): boolean {
  const words = new Set(script.split(/[\s"'`;&|<>()=]+/).map((word) => word.replace(/\/+\*?$/, '')));
  const steps = path.split('/');
  const folders = steps.slice(2).map((_, i) => steps.slice(0, i + 2).join('/'));
  const names = [path, steps.at(-1)!, ...folders];
  return (
    names.some((each) => words.has(each)) ||
    [...words].some((word) => isPattern(word) && names.some((each) => fits(each, word)))
  );
}

/** `/root/*.sh`; an asterisk alone is as often something else. */
function isPattern(word: string): boolean {
  return /[*?]/.test(word) && /[\w.]/.test(word);
}

function fits(name: string, pattern: string): boolean {
  const source = pattern
    .replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${source}$`).test(name);
}
