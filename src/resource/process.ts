import type { Difference } from '../model/report.ts';
import { DEFAULT_LOG, type LogSize, type Ready, type Stop } from '../model/process.ts';
import type { Process } from '../model/resource.ts';
import { compareConfinement } from './confinement.ts';
import { compareExactly, type Kind } from './kind.ts';
import { isLimit, limitDifferences, sizeWords } from './limits.ts';
import { compareOwn } from './own-namespaces.ts';
import { shellLine, shellWord } from './shell.ts';

/** What can change under a program that runs: it concerns those who watch over it, and not the program. */
const IN_PLACE: ReadonlySet<string> = new Set(['restart', 'stop', 'ready', 'after', 'log']);

/** A long-running program of a node. */
export const process: Kind<Process> = {
  kind: 'process',
  key: ({ node, name }) => `${node}/${name}`,
  describe: ({ node, name }) => `process ${node}/${name}`,
  differences: (wanted, found) => [
    ...compareExactly('command', shellLine(wanted.command), shellLine(found.command)),
    ...compareExactly('env', entries(wanted.env), entries(found.env)),
    ...compareExactly('cwd', wanted.cwd, found.cwd),
    ...compareExactly('user', wanted.user, found.user),
    ...compareConfinement(wanted.confinement, found.confinement),
    ...compareExactly('isolation', wanted.isolation?.join(', '), found.isolation?.join(', ')),
    ...compareExactly('share', shareWords(wanted.share), shareWords(found.share)),
    ...compareOwn(wanted, found),
    ...compareExactly('restart', wanted.restart, found.restart),
    ...compareExactly('stop', stopWords(wanted.stop), stopWords(found.stop)),
    ...compareExactly('ready', readyWords(wanted.ready), readyWords(found.ready)),
    ...compareExactly('after', wanted.after.join(' ') || undefined, found.after.join(' ') || undefined),
    ...limitDifferences(wanted.limits, found.limits),
    ...compareExactly('log', logWords(wanted.log), logWords(found.log)),
    ...compareExactly('state', 'running', found.state ?? 'running'),
  ],
  create: ({ node, name }) => [{ via: 'process', stage: 'process', node, operation: 'start', name }],
  update: ({ node, name }) => [
    { via: 'process', stage: 'stop', node, operation: 'stop', name },
    { via: 'process', stage: 'process', node, operation: 'start', name },
  ],
  remove: ({ node, name }, around) =>
    around.isDropped(node) ? [] : [{ via: 'process', stage: 'stop', node, operation: 'stop', name }],
  commands: (wanted, around) => [
    ...around.limitCommands({ node: wanted.node, process: wanted.name }, wanted.limits, undefined),
    `# start ${wanted.name}: ${commandLine(wanted)}`,
  ],
  updateCommands: (wanted, found, differences, around) =>
    isInPlace(differences)
      ? [
          ...(differences.some(isLimit)
            ? around.limitCommands({ node: wanted.node, process: wanted.name }, wanted.limits, found.limits)
            : []),
          `# ${wanted.name} goes on`,
        ]
      : [{ stage: 'stop', line: `# stop ${wanted.name}` }, `# start ${wanted.name}: ${commandLine(wanted)}`],
  removeCommands: ({ name }) => [{ stage: 'stop', line: `# stop ${name}` }],
};

/** Whether a process that differs in just this goes on running. */
export function isInPlace(differences: readonly Difference[]): boolean {
  return differences.length > 0 && differences.every((each) => IN_PLACE.has(each.field) || isLimit(each));
}

/** As it would be typed inside the node. */
function commandLine({ command, env, cwd }: Process): string {
  const settings = Object.entries(env).map(([name, value]) => shellWord(`${name}=${value}`));
  const line = [...(settings.length > 0 ? ['env', ...settings] : []), shellLine(command)].join(' ');
  return cwd === undefined ? line : `cd ${shellWord(cwd)} && ${line}`;
}

function entries(env: Readonly<Record<string, string>>): string | undefined {
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return lines.length === 0 ? undefined : lines.toSorted().join(' ');
}

function shareWords(share: Process['share']): string | undefined {
  if (share === undefined) return undefined;
  return Object.entries(share)
    .map(([kind, name]) => `${kind} of ${name}`)
    .join(', ');
}

function stopWords({ signal, timeoutMs }: Stop): string {
  return `${signal} ${timeoutMs / 1000} s`;
}

/** `3 files of 10M`. */
function logWords({ maxSize, files }: LogSize = DEFAULT_LOG): string {
  return `${files} file${files === 1 ? '' : 's'} of ${sizeWords(maxSize)}`;
}

/** `tcp 80 within 10 s`. */
function readyWords(ready: Ready | undefined): string | undefined {
  if (ready === undefined) return undefined;
  const within = `within ${ready.timeoutMs / 1000} s`;
  switch (ready.type) {
    case 'tcp':
      return `tcp ${ready.port} ${within}`;
    case 'http':
      return `http ${ready.url} ${within}`;
    case 'command':
      return `command ${shellLine(ready.command)} ${within}`;
    case 'log':
      return `log ${ready.pattern} ${within}`;
    case 'file':
      return `file ${ready.path} ${within}`;
  }
}
