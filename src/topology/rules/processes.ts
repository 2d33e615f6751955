/** Processes, and what they wait for. */
import type { Path } from '../../model/place.ts';
import { entries, items, own, type ProcessDocument } from '../document.ts';
import type { Draft, DraftNode } from '../draft.ts';
import { processId } from '../expand/processes.ts';
import type { Problems } from '../problems.ts';
import { isIdName, SIGNALS, signalName } from '../values.ts';
import { didYouMean, quoted, shown } from '../words.ts';
import { checkNamespaces } from './program-namespaces.ts';
import { checkProcessName } from './names.ts';
import { checkReady } from './ready.ts';

/** What a process waits for, with the words that say so. */
interface Wait {
  readonly on: string;
  readonly at: Path;
}

/** Judges each process, then whether any waits for itself. */
export function checkProcesses(draft: Draft, problems: Problems): void {
  const waits = new Map<string, Wait[]>();
  for (const node of draft.nodes.values()) {
    for (const [name, process] of entries(node.document.processes)) {
      const at = [...node.at, 'processes', name];
      checkProcessName(name, at, problems);
      checkProcess(process, at, problems);
      checkNamespaces(node, name, problems);
      checkCommand(process, node.document.rootfs?.oci !== undefined, at, problems);
      checkReady(draft, process.ready, [...at, 'ready'], problems);
      waits.set(`${node.name}/${name}`, waitsOf(draft, node, process, at, problems));
    }
  }
  checkCycles(waits, problems);
}

function checkProcess(process: ProcessDocument, at: Path, problems: Problems): void {
  for (const [key, value] of entries(process.env)) {
    if (key === '' || /[=\0]/.test(key))
      problems.keyError([...at, 'env', key], `found ${quoted(key)}, expected a name without "="`);
    if (String(value).includes('\0'))
      problems.error([...at, 'env', key], 'found a NUL character, which no variable can hold');
  }
  if (process.user !== undefined && !isUser(String(process.user)))
    problems.error([...at, 'user'], `found ${shown(process.user)}, expected a user: name, uid, uid:gid or name:group`);
  const signal = process.stop?.signal;
  if (signal !== undefined && signalName(signal) === undefined) {
    const hint = didYouMean(signal.replace(/^SIG/i, ''), SIGNALS);
    problems.error([...at, 'stop', 'signal'], `found ${quoted(signal)}, expected a signal, such as TERM or INT${hint}`);
  }
}

function isUser(text: string): boolean {
  const [user = '', group, ...rest] = text.split(':');
  return rest.length === 0 && isIdName(user) && (group === undefined || isIdName(group));
}

/** What it executes: in an image's root that may be left to the image. */
function checkCommand({ command, args }: ProcessDocument, hasImage: boolean, at: Path, problems: Problems): void {
  if (command === undefined && !hasImage && !problems.damaged([...at, 'command']))
    problems.keyError(at, 'the key "command" is missing (command: [python3, -m, http.server])');
  if (args === undefined) return;
  if (!hasImage)
    problems.keyError([...at, 'args'], 'only an image (rootfs: { oci }) has a program that is given arguments');
  else if (command !== undefined)
    problems.keyError(
      [...at, 'args'],
      'found "command" too, which has its arguments in it: "args" are for the program of the image',
    );
}

function waitsOf(draft: Draft, node: DraftNode, process: ProcessDocument, at: Path, problems: Problems): Wait[] {
  const shared = entries(process.share).map(([kind, word]) => [[...at, 'share', kind], word] as const);
  const after = items(process.after).map(([i, word]) => [[...at, 'after', i], word] as const);
  return [...after, ...shared].flatMap(([path, word]) => {
    const on = processId(node.name, word);
    const [otherNode = '', name = ''] = on.split('/', 2);
    const other = draft.nodes.get(otherNode);
    if (other === undefined) {
      if (!problems.damaged(['nodes', otherNode])) {
        problems.error(
          path,
          `there is no node ${quoted(otherNode)}${problems.didYouMean(otherNode, draft.nodes.keys())}`,
        );
      }
      return [];
    }
    if (own(other.document.processes, name) !== undefined && on.split('/').length === 2) return [{ on, at: path }];
    if (problems.damaged([...other.at, 'processes', name])) return [];
    const elsewhere = word.includes('/') ? undefined : nodeWith(draft, word);
    const hint =
      elsewhere === undefined
        ? problems.didYouMean(name, Object.keys(other.document.processes ?? {}))
        : `; did you mean ${quoted(`${elsewhere}/${word}`)}?`;
    problems.error(path, `${otherNode} has no process ${quoted(on.slice(otherNode.length + 1))}${hint}`);
    return [];
  });
}

function nodeWith(draft: Draft, process: string): string | undefined {
  for (const node of draft.nodes.values()) {
    if (own(node.document.processes, process) !== undefined) return node.name;
  }
  return undefined;
}

/** A long list without its middle. */
function shortened(ids: readonly string[]): readonly string[] {
  return ids.length <= 20 ? ids : [...ids.slice(0, 10), `(${ids.length - 20} more)`, ...ids.slice(-10)];
}

/** Says each circle once, at the word that closes it. */
function checkCycles(waits: ReadonlyMap<string, readonly Wait[]>, problems: Problems): void {
  const done = new Set<string>();
  for (const start of waits.keys()) {
    if (done.has(start)) continue;
    // A stack of our own: a thousand processes may wait in a row.
    const way: { readonly id: string; next: number }[] = [{ id: start, next: 0 }];
    const on = new Set([start]);
    while (way.length > 0) {
      const top = way.at(-1)!;
      const wait = waits.get(top.id)?.[top.next++];
      if (wait === undefined) {
        done.add(top.id);
        on.delete(top.id);
        way.pop();
      } else if (on.has(wait.on)) {
        const ids = way.map(({ id }) => id);
        const circle = shortened([...ids.slice(ids.indexOf(wait.on)), wait.on]);
        problems.error(wait.at, `these wait for each other: ${circle.join(' → ')}`);
      } else if (!done.has(wait.on)) {
        way.push({ id: wait.on, next: 0 });
        on.add(wait.on);
      }
    }
  }
}
