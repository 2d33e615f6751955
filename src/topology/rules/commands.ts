/** What is handed to the kernel as it stands: programs, their arguments, and paths. */
import type { Path } from '../../model/place.ts';
import { type CommandDocument, entries, items } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { quoted } from '../words.ts';

/** Judges every command of a node: of its processes, their `ready`, and its `setup`. */
export function checkCommands(node: DraftNode, problems: Problems): void {
  const { processes, setup } = node.document;
  for (const [i, command] of items(setup)) checkCommand(command, [...node.at, 'setup', i], problems);
  for (const [name, { command, args, ready, cwd }] of entries(processes)) {
    const at = [...node.at, 'processes', name];
    checkCommand(command, [...at, 'command'], problems);
    for (const [i, argument] of items(args)) checkText(argument, [...at, 'args', i], problems);
    checkCommand(ready?.command, [...at, 'ready', 'command'], problems);
    checkText(ready?.file, [...at, 'ready', 'file'], problems);
    checkText(cwd, [...at, 'cwd'], problems);
  }
}

function checkCommand(command: CommandDocument | undefined, at: Path, problems: Problems): void {
  if (command === undefined || problems.damaged(at)) return;
  if (typeof command === 'string') {
    checkText(command, at, problems);
    return;
  }
  for (const [i, argument] of items(command)) checkText(argument, [...at, i], problems);
  if (command[0] === '') problems.error([...at, 0], 'found "", expected a program');
}

/** Refuses a text in which the kernel would see an end that is none. */
export function checkText(text: unknown, at: Path, problems: Problems): void {
  if (typeof text === 'string' && text.includes('\0'))
    problems.error(at, `found ${quoted(text)}, expected no NUL character: for the kernel the text ends there`);
}
