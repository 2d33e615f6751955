/** A node's files, setup and processes → resources. */
import { NAMESPACE_KINDS } from '../../model/namespace.ts';
import type { Ready, Stop } from '../../model/process.ts';
import type { File, Process, Setup } from '../../model/resource.ts';
import { entries, items, type ProcessDocument } from '../document.ts';
import type { Draft, DraftNode } from '../draft.ts';
import { addressOf } from '../hosts.ts';
import { argv, milliseconds, signalName } from '../values.ts';
import { processConfinementOf } from './confinement.ts';
import { ownIds } from './isolation.ts';
import { limitsOf } from './limits.ts';
import { logOf } from './log.ts';

/** How long `up` waits for a process that does not say. */
const READY_TIMEOUT_MS = 30_000;
/** How long a process that is to end is given after the signal, when it does not say. */
const STOP_TIMEOUT_MS = 2_000;

/** The files of a node. */
export function filesOf(node: DraftNode): File[] {
  return entries(node.document.files).map(([path, content]) => {
    return { kind: 'file', node: node.name, path, content, at: [...node.at, 'files', path] };
  });
}

/** The setup of a node. */
export function setupOf(node: DraftNode): Setup[] {
  const commands = items(node.document.setup).map(([, command]) => argv(command));
  if (commands.length === 0) return [];
  return [{ kind: 'setup', node: node.name, commands, at: [...node.at, 'setup'] }];
}

/** The processes of a node. */
export function processesOf(draft: Draft, node: DraftNode): Process[] {
  return entries(node.document.processes).map(([name, process]) => {
    const ready = readyOf(draft, process.ready);
    const confinement = processConfinementOf(process);
    const limits = limitsOf(process.limits);
    const log = logOf(node.document, process);
    return {
      kind: 'process',
      node: node.name,
      name,
      command: process.command === undefined ? [] : argv(process.command),
      env: Object.fromEntries(entries(process.env).map(([key, value]) => [key, String(value)])),
      ...(process.cwd === undefined ? {} : { cwd: process.cwd }),
      ...(process.user === undefined ? {} : { user: String(process.user) }),
      ...(confinement === undefined ? {} : { confinement }),
      ...ownNamespaces(process),
      restart: process.restart ?? 'no',
      stop: stopOf(process.stop),
      ...(ready === undefined ? {} : { ready }),
      ...(limits === undefined ? {} : { limits }),
      ...(log === undefined ? {} : { log }),
      ...fromImage(node, process),
      after: [
        ...new Set(
          [...items(process.after).map(([, word]) => word), ...sharers(process)].map((word) =>
            processId(node.name, word),
          ),
        ),
      ],
      at: [...node.at, 'processes', name],
    };
  });
}

/** Its kinds of namespace in the order in which they are always told. */
function ownNamespaces(document: ProcessDocument): Pick<Process, 'isolation' | 'share' | 'ids' | 'clocks'> {
  const { isolation, share } = document;
  const shared = NAMESPACE_KINDS.flatMap((kind) => (share?.[kind] === undefined ? [] : [[kind, share[kind]] as const]));
  return {
    ...(isolation === undefined ? {} : { isolation: NAMESPACE_KINDS.filter((kind) => isolation.includes(kind)) }),
    ...(share === undefined ? {} : { share: Object.fromEntries(shared) }),
    ...ownIds(document),
  };
}

/** Whose namespaces a process shares: they must be there before it. */
export function sharers({ share }: Pick<ProcessDocument, 'share'>): string[] {
  return [...new Set(Object.values(share ?? {}))];
}

/** What is left to the node's image. */
function fromImage(node: DraftNode, { args, stop }: ProcessDocument): Pick<Process, 'fromImage'> {
  if (node.document.rootfs?.oci === undefined) return {};
  const own = args === undefined ? {} : { args: args.map(String) };
  return { fromImage: { ...own, signal: stop?.signal === undefined } };
}

/** `node/process` of an entry of `after`, which may leave out its own node. */
export function processId(node: string, word: string): string {
  return word.includes('/') ? word : `${node}/${word}`;
}

function stopOf(stop: ProcessDocument['stop']): Stop {
  return {
    signal: signalName(stop?.signal ?? 'TERM') ?? 'TERM',
    timeoutMs: milliseconds(stop?.timeout ?? '') ?? STOP_TIMEOUT_MS,
  };
}

function readyOf(draft: Draft, ready: ProcessDocument['ready']): Ready | undefined {
  if (ready === undefined) return undefined;
  const timeoutMs = milliseconds(ready.timeout ?? '') ?? READY_TIMEOUT_MS;
  if (ready.tcp !== undefined) return { type: 'tcp', port: ready.tcp, timeoutMs };
  if (ready.command !== undefined) return { type: 'command', command: argv(ready.command), timeoutMs };
  if (ready.log !== undefined) return { type: 'log', pattern: ready.log, timeoutMs };
  if (ready.file !== undefined) return { type: 'file', path: ready.file, timeoutMs };
  if (ready.http === undefined) return undefined;
  const { hostname, href } = new URL(ready.http);
  return { type: 'http', url: href, address: addressOf(draft, hostname) ?? '127.0.0.1', timeoutMs };
}
