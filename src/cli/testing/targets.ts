/** What `test` is to test: topologies by file, by folder, by pattern; labs that run, by name. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { LabError, UsageError } from '../../errors.ts';
import { DEFAULT_FILE } from '../default-file.ts';
import { findLab, labName, topologyFile } from '../find-lab.ts';
import { library } from '../library.ts';

/** One thing to test. */
export type Target = { readonly file: string } | { readonly lab: string };

/** What the command line says of them. */
export interface Wanted {
  readonly operands: readonly string[];
  /** `-l` */
  readonly lab: string | undefined;
  /** `--labs` */
  readonly pattern: string | undefined;
}

/** All targets, in the order in which they were named; those of a folder or a pattern by their names. */
export async function targetsOf({ operands, lab, pattern }: Wanted): Promise<Target[]> {
  if (lab !== undefined) {
    if (operands.length > 0 || pattern !== undefined)
      throw new UsageError('-l names the one lab that is tested: no files with it');
    return [{ lab: (await findLab(lab)).name }];
  }
  const found = pattern === undefined ? [] : filesLike(pattern).map((file) => ({ file }));
  if (pattern !== undefined && found.length === 0) throw new UsageError(`no file is like ${JSON.stringify(pattern)}`);
  if (operands.length + found.length === 0) {
    const running = existsSync(DEFAULT_FILE) ? undefined : await labName(undefined);
    return [running === undefined ? { file: topologyFile(undefined) } : { lab: running }];
  }
  const named = await Promise.all(operands.map(targetsNamed));
  return [...named.flat(), ...found];
}

async function targetsNamed(word: string): Promise<Target[]> {
  if (statSync(word, { throwIfNoEntry: false })?.isDirectory() === true) {
    const files = topologiesIn(word);
    if (files.length === 0) throw new LabError(`the folder ${word} has no topologies`);
    return files.map((file) => ({ file }));
  }
  if (word === '-' || existsSync(word) || /[./]/.test(word)) return [{ file: word }];
  const { Lab } = await library();
  return [{ lab: (await Lab.open(word)).name }];
}

/** The topologies of a folder: YAML, JSON, and modules that export one (others are parts of such). */
function topologiesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && /\.(ya?ml|json|mjs)$/.test(entry.name))
    .map(({ name }) => join(folder, name))
    .filter(
      (file) => !file.endsWith('.mjs') || /^\s*export\s+default\b|\bas\s+default\b/m.test(readFileSync(file, 'utf8')),
    )
    .toSorted();
}

/** The files that a pattern of the shell's names: `*` and `?` within a name, `**` any folders. */
export function filesLike(pattern: string): string[] {
  const absolute = pattern.startsWith('/');
  const steps = pattern.split('/').filter((step) => step !== '');
  const walk = (folder: string, rest: readonly string[]): string[] => {
    const [step, ...further] = rest;
    if (step === undefined) return [];
    const at = (name: string): string => (folder === '' ? name : join(folder, name));
    if (!/[*?]/.test(step)) {
      const path = at(step);
      return further.length > 0 ? walk(path, further) : existsSync(path) ? [path] : [];
    }
    const entries = entriesOf(folder === '' ? '.' : folder);
    if (step === '**')
      return [
        ...walk(folder, further),
        ...entries.flatMap(([name, isFolder]) => (isFolder ? walk(at(name), rest) : [])),
      ];
    const like = expression(step);
    return entries.flatMap(([name, isFolder]) => {
      if (!like.test(name) || (name.startsWith('.') && !step.startsWith('.'))) return [];
      if (further.length === 0) return isFolder ? [] : [at(name)];
      return isFolder ? walk(at(name), further) : [];
    });
  };
  return [...new Set(walk(absolute ? '/' : '', steps))];
}

function entriesOf(folder: string): (readonly [name: string, isFolder: boolean])[] {
  try {
    return readdirSync(folder)
      .toSorted()
      .map((name) => [name, statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true] as const);
  } catch {
    return [];
  }
}

function expression(step: string): RegExp {
  const words = step
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${words}$`);
}
