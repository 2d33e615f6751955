/** `binds`, `tmpfs` → files, mounts, and commands that copy. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { shellWord } from '../../resource/shell.ts';
import type { Draft, NodeDraft } from '../draft.ts';
import { readNodeFolder } from '../folder.ts';
import { pathFrom } from '../text.ts';
import type { ClabDocument } from './document.ts';
import type { ClabNode, Said } from './inherit.ts';

/** More text than this stays where it is. */
const MOST_TEXT = 256 * 1024;

/** Where a node sees the folder of the lab, if it copies anything from there. */
const HOSTLAB = '/hostlab';

/** Where files are, and are going to be. */
export interface Folders {
  /** That of the topology. */
  readonly home: string;
  /** That of the containerlab file. */
  readonly folder: string;
  /** `__clabDir__` and its like. */
  readonly magic: (text: string) => string;
  /** The name of the node in the topology. */
  readonly name: string;
}

/** What is to be done besides the keys of the node. */
export interface Bound {
  /** Commands that put there what is no text, before all others. */
  readonly commands: readonly string[];
  /** Where each of `files` was read, by its path in the node. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * What is bound from the lab's folder becomes a copy: `files` where it is text, else commands that copy. What is bound from elsewhere on this
 * machine is mounted.
 */
export function addBinds(
  draft: Draft,
  document: ClabDocument,
  node: NodeDraft,
  clab: ClabNode,
  folders: Folders,
): Bound {
  const commands: string[] = [];
  const sources = new Map<string, string>();
  const byTarget = new Map<string, { said: Said<string>; source: string }>();
  for (const said of clab.list('binds')) {
    const [source = '', target = ''] = folders.magic(said.value).split(':');
    if (!target.startsWith('/')) {
      draft.leave(
        document.origin(said.path),
        `left out: found ${said.value}, expected SOURCE:/TARGET or SOURCE:/TARGET:ro`,
      );
      continue;
    }
    // The last level is the most special one.
    byTarget.delete(target);
    byTarget.set(target, { said, source: source.replace(/^~(?=\/|$)/, homedir()) });
  }
  for (const [target, { said, source }] of byTarget) {
    const path = isAbsolute(source) ? source : join(folders.folder, source);
    const origin = document.origin(said.path);
    if (!existsSync(path)) {
      draft.leave(origin, `left out: there is no ${pathFrom(folders.home, path)}`);
      continue;
    }
    if (!within(folders.folder, path)) mount(path, target, said);
    else copy(path, target);
  }
  for (const [target, { path }] of clab.map('tmpfs')) {
    node.mounts = [...(node.mounts ?? []), { type: 'tmpfs', target }];
    draft.from(['nodes', folders.name, 'mounts', node.mounts.length - 1], document.origin(path));
  }
  return { commands, sources };

  function mount(path: string, target: string, said: Said<string>): void {
    const source = pathFrom(folders.home, path);
    const readOnly = said.value.split(':')[2]?.split(',').includes('ro') === true;
    node.mounts = [...(node.mounts ?? []), { type: 'bind', source, target, ...(readOnly ? { read_only: true } : {}) }];
    draft.carried.push({ path: source, reason: `bound at ${target} in ${clab.name}` });
  }

  function copy(path: string, target: string): void {
    const { texts, others, empty } = readNodeFolder(path);
    if (texts.reduce((sum, { text }) => sum + text.length, 0) > MOST_TEXT)
      return mount(path, target, { value: '', path: [] });
    const at = (inner: string): string => `${target.replace(/\/+$/, '')}${inner}`;
    const copied: { readonly path: string; readonly source: string; readonly reason: string }[] = [...others];
    for (const { path: inner, text, executable } of texts) {
      // Files of a topology cannot be executed.
      if (executable) copied.push({ path: inner, source: `${path}${inner}`, reason: 'a program' });
      else node.files = { ...node.files, [at(inner)]: text };
      sources.set(at(inner), `${path}${inner}`);
    }
    commands.push(...empty.map((inner) => `mkdir -p ${shellWord(at(inner))}`));
    if (copied.length > 0) showFolder();
    for (const { path: inner, source, reason } of copied) {
      const from = pathFrom(folders.home, source);
      draft.carried.push({ path: from, reason: `${reason} (${clab.name} has it at ${at(inner)})` });
      const there = shellWord(join(HOSTLAB, relative(resolve(folders.folder), resolve(source))));
      commands.push(`mkdir -p "$(dirname ${shellWord(at(inner))})" && cp -rP ${there} ${shellWord(at(inner))}`);
    }
  }

  /** What is copied is read where the lab's folder is shown to the node: its own paths lead elsewhere there. */
  function showFolder(): void {
    if (node.mounts?.some((mounted) => mounted.target === HOSTLAB) === true) return;
    const source = pathFrom(folders.home, folders.folder);
    node.mounts = [...(node.mounts ?? []), { type: 'bind', source, target: HOSTLAB, read_only: true }];
  }
}

function within(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return !way.startsWith('..') && !isAbsolute(way);
}
