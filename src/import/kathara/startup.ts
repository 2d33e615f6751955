/** shared.startup, the device's own and `exec` → what its node does when it starts. */
import { join } from 'node:path';

import { shellWord } from '../../resource/shell.ts';
import type { NodeDraft } from '../draft.ts';
import { textOf } from '../text.ts';
import type { LaidOver } from './files.ts';
import type { Machine } from './lab-conf.ts';
import type { Extras } from './options.ts';

/** What the startup is made of, besides the scripts. */
export interface Surroundings {
  readonly folder: string;
  readonly files: LaidOver;
  readonly extras: Extras;
}

/** Fills `setup`. */
export function addStartup(node: NodeDraft, machine: Machine, { folder, files, extras }: Surroundings): void {
  const scripts = ['shared.startup', `${machine.name}.startup`].flatMap((name) => textOf(join(folder, name)) ?? []);
  const setup = [...files.commands];
  const body = [...scripts.map((text) => text.trim()), ...extras.exec.map(({ value }) => value)].filter(
    (text) => text !== '',
  );
  const env = Object.entries(extras.env).map(([key, value]) => `export ${key}=${shellWord(value)}`);
  // A line that fails is no failure of a startup.
  if (body.length > 0) setup.push([...env, ...body, 'true\n'].join('\n'));
  if (setup.length > 0) node.setup = setup;
  if (setup.length > 0 || node.files !== undefined || node.mounts !== undefined)
    node.rootfs = { host: true, copy_on_write: true };
}
