/** Texts of other tools' files, and where their words stand. */
import { readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';

/** Bytes as text: UTF-8, without what no text has in it; lines end as they do here. Undefined where they are no text. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // oxlint-disable-next-line no-control-regex
    return /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/.test(text) ? undefined : text.replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

/** The text of a file of the lab; undefined where there is none, or it is no text. */
export function textOf(path: string): string | undefined {
  try {
    return utf8Text(readFileSync(path));
  } catch {
    return undefined;
  }
}

/** How a topology in the folder `home` names a path: relative to it where that is short, `./` before it. */
export function pathFrom(home: string, path: string): string {
  const absolute = resolve(path);
  const way = relative(home, absolute);
  if (way === '') return '.';
  // Somewhere else altogether: up to the root and down again says less than the path itself.
  if (way.split(sep).filter((step) => step === '..').length > 3) return absolute;
  return way.startsWith('..') ? way : `./${way}`;
}
