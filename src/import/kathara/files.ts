/** A device's folder, and the lab's shared one → `files`, mounts and commands that copy. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { shellWord } from '../../resource/shell.ts';
import type { Draft, NodeDraft } from '../draft.ts';
import { pathFrom } from '../text.ts';
import { type MachineFolder, readMachineFolder } from './folder.ts';
import type { Machine } from './lab-conf.ts';

/** Where files are, and are going to be. */
export interface Folders {
  /** That of the topology. */
  readonly home: string;
  /** That of the lab. */
  readonly folder: string;
}

/** What becomes of a device's folder besides `files`. */
export interface LaidOver extends MachineFolder {
  /** Commands that put there what is no text, before all others. */
  readonly commands: readonly string[];
}

/** Fills `files` and `mounts` of the node. */
export function addFiles(draft: Draft, node: NodeDraft, machine: Machine, { home, folder }: Folders): LaidOver {
  const laid = readMachineFolder(join(folder, machine.name));
  for (const { path, text } of laid.texts) node.files = { ...node.files, [path]: text };
  const commands: string[] = laid.empty.map((path) => `mkdir -p ${shellWord(path)}`);
  for (const { path, source, reason } of laid.others) {
    const from = pathFrom(home, source);
    draft.carried.push({ path: from, reason: `${reason} (${machine.name} has it at ${path})` });
    const target = shellWord(path);
    commands.push(`mkdir -p "$(dirname ${target})" && cp -rP ${shellWord(from)} ${target}`);
  }
  const executable = laid.texts.filter((file) => file.executable).map(({ path }) => shellWord(path));
  if (executable.length > 0) commands.push(`chmod +x ${executable.join(' ')}`);
  const shared = join(folder, 'shared');
  if (existsSync(shared)) {
    const source = pathFrom(home, shared);
    node.mounts = [...(node.mounts ?? []), { type: 'bind', source, target: '/shared' }];
    if (!draft.carried.some(({ path }) => path === source))
      draft.carried.push({ path: source, reason: 'the folder that all devices share, at /shared' });
  }
  return { ...laid, commands };
}
