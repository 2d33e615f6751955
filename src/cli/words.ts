import { shellWord } from '../resource/shell.ts';

/** A command as one line, as a person would type it; control characters do not reach the terminal. */
export function commandLine(command: readonly string[]): string {
  return command
    .map(shellWord)
    .join(' ')
    .replaceAll(/\p{Control}+/gu, ' ');
}

/** A text cut to a number of characters, with an ellipsis when something is missing. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** Another netlab has the lab: who, by its pid where that is known. */
export function waiting(holder: string): string {
  return `netlab: another netlab${holder === '' ? '' : ` (pid ${holder})`} is at work on this lab; waiting for it`;
}
