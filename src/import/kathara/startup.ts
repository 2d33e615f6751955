/** shared.startup, the device's own and `exec` → what its node does when it starts. */
import { join } from 'node:path';

import { Network } from '../network/network.ts';
import { filesOf } from '../services/node-files.ts';
import { addStartup, type Script } from '../shell/startup.ts';
import type { Draft } from '../draft.ts';
import { textOf } from '../text.ts';
import { addCopies, type Folders } from './files.ts';
import type { NodeFolder } from '../folder.ts';
import type { Machine } from './lab-conf.ts';
import type { Extras } from './options.ts';

/** What the startup is made of, besides the scripts. */
export interface Surroundings extends Folders {
  /** What is in the device's folder. */
  readonly laid: NodeFolder;
  readonly extras: Extras;
}

/** Fills the node called `name`. */
export function addMachineStartup(draft: Draft, name: string, machine: Machine, surroundings: Surroundings): void {
  const { folder, extras } = surroundings;
  const scripts: Script[] = ['shared.startup', `${machine.name}.startup`].flatMap((base) => {
    const file = join(folder, base);
    const text = textOf(file);
    return text === undefined ? [] : [{ text, origin: { file, line: 1, column: 1 } }];
  });
  scripts.push(...extras.exec.map(({ value, origin }) => ({ text: value, origin, inLine: true })));
  const network = new Network(
    draft,
    name,
    machine.attachments.map(({ number }) => `eth${number}`),
    extras.ipv6,
  );
  const node = draft.topology.nodes[name]!;
  addStartup(network, scripts, {
    env: extras.env,
    files: filesOf(node, (path) => ({ file: join(folder, machine.name, path), line: 0, column: 0 })),
  });
  addCopies(draft, node, machine, { ...surroundings, script: scripts.map(({ text }) => text).join('\n') });
  // Whatever it runs or brings along stays its own: the machine's files are only read.
  if (node.setup !== undefined || node.processes !== undefined || node.files !== undefined || node.mounts !== undefined)
    node.rootfs = { host: true, copy_on_write: true };
}
