import type { Setup } from '../model/resource.ts';
import { compareExactly, type Kind } from './kind.ts';
import { asWritten, shellLine } from './shell.ts';

/** Commands that are run once in a node. lab/setup.ts runs them; that they were run, only the state folder can tell. */
export const setup: Kind<Setup> = {
  kind: 'setup',
  key: ({ node }) => node,
  describe: ({ node, commands }) =>
    `setup of ${node} (${commands.length === 1 ? '1 command' : `${commands.length} commands`})`,
  differences: (wanted, found) =>
    compareExactly('commands', wanted.commands.map(asWritten).join('; '), found.commands.map(asWritten).join('; ')),
  create: () => [],
  update: () => [],
  remove: () => [],
  // On the machine's files they would do to those what the node shall do to its own.
  commands: ({ node, commands }, around) =>
    commands.map(shellLine).map((line) => (around.hasOwnView(node) ? `# run by netlab in ${node}: ${line}` : line)),
  removeCommands: () => [],
};
