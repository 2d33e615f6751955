/** The formats that can be imported, and which of them a file or folder is. */
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';

import { UsageError } from '../errors.ts';
import { listFolder } from '../sys/list-folder.ts';
import { readSource } from '../topology/source.ts';
import { foreign } from './foreign.ts';
import type { Format, FormatName } from './format.ts';
import { containerlab } from './containerlab/format.ts';
import { graphml } from './graphml/format.ts';
import { kathara } from './kathara/format.ts';

export const FORMATS: readonly Format[] = [kathara, containerlab, graphml];

/** A format, and the file of it that is to be read. */
export interface Found {
  readonly format: Format;
  readonly file: string;
}

/**
 * Which format a path is of, by the names and beginnings of files. With `name` only that one is looked for, and a file is taken
 * for it whatever it looks like.
 * @throws UsageError when it is none; TopologyError when it cannot be read.
 */
export function findFormat(path: string, name?: FormatName): Found {
  const isFolder = path !== '-' && existsSync(path) && statSync(path).isDirectory();
  const names = isFolder ? listFolder(path).toSorted() : undefined;
  let text: string | undefined;
  const beginning = (): string => (text ??= readSource(path).slice(0, 65_536));
  const formats = FORMATS.filter((format) => name === undefined || format.name === name);
  for (const format of formats) {
    const file = format.find(path, names, beginning);
    if (file !== undefined) return { format, file };
  }
  const [only] = formats;
  if (name !== undefined && only !== undefined && !isFolder) return { format: only, file: path };
  // Whatever is wrong with the file itself is said first.
  const other = isFolder ? undefined : foreign(beginning());
  if (other !== undefined) throw new UsageError(`${path}: this is ${other}; of it nothing can be imported`);
  throw new UsageError(`${path}: ${isFolder ? 'in this folder stands' : 'this is'} ${expected(name, basename(path))}`);
}

function expected(name: FormatName | undefined, base: string): string {
  const titles = FORMATS.filter((format) => name === undefined || format.name === name).map(({ title }) => title);
  const hint = /\.ya?ml$/.test(base) ? '; a topology of netlab needs no import' : '';
  return `nothing that can be imported (${titles.join(', ')})${hint}`;
}
