import type { Process } from '../model/resource.ts';
import { compareExactly, type Kind } from './kind.ts';
import { shellWord } from './shell.ts';

/** A long-running program of a node. */
export const process: Kind<Process> = {
  kind: 'process',
  key: ({ node, name }) => `${node}/${name}`,
  describe: ({ node, name }) => `process ${node}/${name}`,
  differences: (wanted, found) => [
    ...compareExactly('command', words(wanted.command), words(found.command)),
    ...compareExactly('env', entries(wanted.env), entries(found.env)),
    ...compareExactly('cwd', wanted.cwd, found.cwd),
  ],
  create: ({ node, name }) => [{ via: 'process', stage: 'process', node, operation: 'start', name }],
  update: ({ node, name }) => [
    { via: 'process', stage: 'stop', node, operation: 'stop', name },
    { via: 'process', stage: 'process', node, operation: 'start', name },
  ],
  remove: ({ node, name }, around) =>
    around.isDropped(node) ? [] : [{ via: 'process', stage: 'stop', node, operation: 'stop', name }],
  commands: (wanted) => [`# start ${wanted.name}: ${commandLine(wanted)}`],
  updateCommands: (wanted) => [
    { stage: 'stop', line: `# stop ${wanted.name}` },
    `# start ${wanted.name}: ${commandLine(wanted)}`,
  ],
  removeCommands: ({ name }) => [{ stage: 'stop', line: `# stop ${name}` }],
};

function words(command: readonly string[]): string {
  return command.map(shellWord).join(' ');
}

/** As it would be typed inside the node. */
function commandLine({ command, env, cwd }: Process): string {
  const settings = Object.entries(env).map(([name, value]) => shellWord(`${name}=${value}`));
  const line = [...(settings.length > 0 ? ['env', ...settings] : []), words(command)].join(' ');
  return cwd === undefined ? line : `cd ${shellWord(cwd)} && ${line}`;
}

function entries(env: Readonly<Record<string, string>>): string | undefined {
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return lines.length === 0 ? undefined : lines.toSorted().join(' ');
}
