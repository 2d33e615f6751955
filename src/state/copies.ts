/**
 * A file of the state folder, and its copy in the folder that the lab's keeper alone holds. Whoever removes or damages the one does not
 * reach the other; while the keeper lives, its copy counts.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { LabError } from '../errors.ts';
import { isErrno } from '../sys/errno.ts';
import { privateFolder } from './keepers.ts';
import { labPaths } from './paths.ts';
import type { Shape } from './shape.ts';
import { readText } from '../sys/read-text.ts';

/** A file of a lab's state: its name, the number of its layout, and what stands in it. */
export interface StateFile {
  readonly name: 'lab.json' | 'host.json' | 'joined.json' | 'turned.json' | 'owner.json';
  readonly version: number;
  readonly shape: Shape;
}

export interface ReadOptions {
  /** Take what another version of netlab wrote, as far as it is understood: to remove it. */
  readonly anyVersion?: boolean;
}

/**
 * What a lab's file says; undefined when there is none, or none that can be read.
 * @throws LabError when another version of netlab wrote it.
 */
export function readCopies(
  lab: string,
  keeper: number | undefined,
  { name, version, shape }: StateFile,
  { anyVersion = false }: ReadOptions = {},
): unknown {
  for (const folder of foldersOf(lab, keeper)) {
    const text = readText(join(folder, name));
    if (text === undefined) continue;
    if (text === last?.text && shape === last.shape) return last.value;
    const value = parse(text);
    if (value === undefined) continue;
    if (typeof value.version === 'number' && value.version !== version && !anyVersion)
      throw otherVersion(lab, `its ${name} has version ${value.version}, and this netlab writes ${version}`);
    if (!shape(value)) continue;
    if (value.version === version) last = { text, shape, value };
    return value;
  }
  return undefined;
}

/** What was read last: a watch reads the same again and again, and to understand a thousand nodes takes longer than to read of them. */
let last: { readonly text: string; readonly shape: Shape; readonly value: unknown } | undefined;

/** Writes it, whole or not at all, whatever happens: first where it counts. */
export function writeCopies(
  lab: string,
  keeper: number | undefined,
  { name, version }: StateFile,
  value: object,
): void {
  const text = JSON.stringify({ version, ...value });
  for (const folder of foldersOf(lab, keeper)) {
    const path = join(folder, name);
    try {
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      replace(path, `${path}.new`);
    } catch (error) {
      // The keeper has ended meanwhile; whoever needs it finds that out.
      if (folder === labPaths(lab).dir || !isErrno(error, 'ENOENT')) throw error;
    }
  }
}

function replace(path: string, by: string): void {
  try {
    renameSync(by, path);
  } catch (error) {
    if (!isErrno(error, 'EISDIR')) throw error;
    rmSync(path, { recursive: true });
    renameSync(by, path);
  }
}

/** Removes it. */
export function removeCopies(lab: string, keeper: number | undefined, { name }: StateFile): void {
  for (const folder of foldersOf(lab, keeper)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** The refusal of a lab that another version of netlab made. */
export function otherVersion(lab: string, how: string): LabError {
  return new LabError(
    `the lab ${lab} was brought up by another version of netlab (${how}): take it down with that one, or with: netlab down ${lab}`,
  );
}

function foldersOf(lab: string, keeper: number | undefined): string[] {
  return [...(keeper === undefined ? [] : [privateFolder(keeper)]), labPaths(lab).dir];
}

/** Undefined for what is no object of JSON. */
function parse(text: string): { readonly version?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
