/** A folder that another tool lays over a node's root: texts become `files`, all else is copied from where it is. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { utf8Text } from './text.ts';

/** Texts that are longer stay where they are: a topology is to be read. */
const LONGEST_TEXT = 64 * 1024;
/** Likewise, where all of a folder together are longer than that. */
const MOST_TEXT = 256 * 1024;
/** What file managers and editors leave, and nobody means. */
const LITTER = new Set(['.DS_Store', '._.DS_Store', 'Thumbs.db', 'desktop.ini', '.gitkeep', '.keep', '.gitignore']);

/** A file that the topology can hold. */
interface TextFile {
  /** Where the node sees it, below the folder's own place. */
  readonly path: string;
  readonly text: string;
  readonly executable: boolean;
}

/** One that it cannot hold. */
export interface OtherFile {
  readonly path: string;
  /** Where it is. */
  readonly source: string;
  readonly reason: string;
}

/** What stands in such a folder. */
export interface NodeFolder {
  readonly texts: readonly TextFile[];
  readonly others: readonly OtherFile[];
  /** Folders with nothing in them. */
  readonly empty: readonly string[];
}

/** Reads it; a folder that is not there is empty. */
export function readNodeFolder(folder: string): NodeFolder {
  const texts: TextFile[] = [];
  const others: OtherFile[] = [];
  const empty: string[] = [];
  const visit = (source: string, path: string): void => {
    const stat = lstatSync(source, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isDirectory()) {
      const names = readdirSync(source).filter((name) => !LITTER.has(name));
      if (names.length === 0 && path !== '') empty.push(path);
      for (const name of names.toSorted()) visit(join(source, name), `${path}/${name}`);
    } else if (stat.isSymbolicLink()) {
      others.push({ path, source, reason: `a symbolic link, to ${readlinkSync(source)}` });
    } else if (!stat.isFile()) {
      others.push({ path, source, reason: 'neither a file nor a folder' });
    } else if (stat.size > LONGEST_TEXT) {
      others.push({ path, source, reason: `${Math.ceil(stat.size / 1024)} KiB, too long to stand in a topology` });
    } else {
      const text = utf8Text(readFileSync(source));
      if (text === undefined) others.push({ path, source, reason: 'not a text' });
      else texts.push({ path, text, executable: (stat.mode & 0o111) !== 0 && isProgram(path, text) });
    }
  };
  visit(folder, '');
  return { texts, others, empty };
}

/** Some file systems make everything executable: what configures something, and names no interpreter, is none. */
function isProgram(path: string, text: string): boolean {
  return text.startsWith('#!') || !/^\/etc\/|\.(?:conf|cfg|ya?ml|json|html|txt|md|zone)$/.test(path);
}

/** The same with less text: where there is more than anybody reads, all stays where it is but what services are told (/etc). */
export function withLessText(laid: NodeFolder, folder: string): NodeFolder {
  const sum = (files: readonly TextFile[]): number => files.reduce((all, { text }) => all + text.length, 0);
  if (sum(laid.texts) <= MOST_TEXT) return laid;
  const own = laid.texts.filter(({ path }) => path.startsWith('/etc/'));
  const texts = sum(own) <= MOST_TEXT ? own : [];
  const more = laid.texts.filter((file) => !texts.includes(file));
  const reason = `one of ${more.length} texts, too many to stand in a topology`;
  return {
    ...laid,
    texts,
    others: [...laid.others, ...more.map(({ path }) => ({ path, source: folder + path, reason }))],
  };
}
