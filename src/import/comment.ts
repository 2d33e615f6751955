/** The comment at the head of an imported topology. */
import type { Problem } from '../errors.ts';
import { printable } from '../model/text.ts';
import type { Carried } from './draft.ts';

/** More lines than that nobody reads before the topology; `netlab import` prints them all. */
const MOST = 30;

/** What the comment is about. */
export interface About {
  readonly title: string;
  readonly source: string;
  readonly left: readonly Problem[];
  readonly carried: readonly Carried[];
  readonly needs: readonly string[];
}

/** Says what the topology was made from, what was left out, and which files it needs beside it. */
export function comment({ title, source, left, carried, needs }: About): string {
  const lines = [
    `Imported from ${source} (${title}).`,
    ...list('Not the same as there:', left.map(sentence)),
    ...list(
      'Files that it reads:',
      carried.map(({ path, reason }) => `${path}: ${reason}`),
    ),
    ...list('Packages of Debian whose programs it runs:', needs.length === 0 ? [] : [needs.join(' ')]),
  ];
  return lines.map((line) => `# ${printable(line)}`.trimEnd().concat('\n')).join('');
}

function sentence({ file, line, path, message }: Problem): string {
  const where = line === 0 ? file : `${file}:${line}`;
  return `${where}${path === '' ? '' : `  ${path}`}: ${message}`;
}

function list(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const more = items.length > MOST ? [`  … and ${items.length - MOST} more`] : [];
  return ['', title, ...items.slice(0, MOST).map((item) => `  ${item.replaceAll('\n', ' ')}`), ...more];
}
