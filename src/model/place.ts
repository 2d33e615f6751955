import { cut, printable } from './text.ts';

/** The keys and indexes that lead from the top of a document to a value: `['nodes', 'r1', 'routes', 0, 'via']`. */
export type Path = readonly (string | number)[];

/** `nodes.r1.routes[0].via`, as error messages print a path. */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? keyed(step) : `${text}.${keyed(step)}`,
    '',
  );
}

function keyed(step: string): string {
  return printable(cut(step));
}

/** A place in a topology file that a person can go to. Lines and columns count from 1; 0 means the file as a whole. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
}
