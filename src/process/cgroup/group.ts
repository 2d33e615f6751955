/** One control group: its folder, and the bounds that stand in its files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { type LimitKey, type Limits, listText, numbersOf } from '../../model/limits.ts';
import { isErrno, systemError } from '../../sys/errno.ts';
import { readText } from '../../sys/read-text.ts';
import type { Controller, Hierarchy } from './hierarchies.ts';
import { ioSettings, readIo, type Setting } from './io.ts';
import { keysOf, limitFile } from './limit-files.ts';

/** Makes a group, if it is not there. Like `mkdir`. True when it was not. Throws SystemError. */
export function makeGroup(hierarchy: Hierarchy, folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o755 });
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw systemError(error, 'mkdir', folder);
  }
  // In a cpuset of version 1 nobody may be before it has CPUs.
  if (hierarchy.version === 1 && hierarchy.controllers.has('cpuset')) {
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      writeGroup(`${folder}/${file}`, readGroup(`${dirname(folder)}/${file}`) ?? '');
  }
  return true;
}

/** Lets the groups below one be bounded in these ways: version 2 asks for it. Like `echo +pids > cgroup.subtree_control`. */
export function enable({ version }: Hierarchy, folder: string, controllers: Iterable<Controller>): void {
  if (version !== 2) return;
  const file = `${folder}/cgroup.subtree_control`;
  const on = (readGroup(file) ?? '').split(' ');
  const missing = [...controllers].filter((each) => each !== 'freezer' && !on.includes(each));
  if (missing.length > 0) writeGroup(file, missing.map((each) => `+${each}`).join(' '));
}

/** What to write into a group so that it has the bounds `wanted` where it has had those `found`. */
export function settingsOf(hierarchy: Hierarchy, folder: string, wanted: Limits, found: Limits): Setting[] {
  const changed = keysOf(hierarchy).filter((key) => JSON.stringify(wanted[key]) !== JSON.stringify(found[key]));
  // Version 1 counts swap together with memory: another amount of one is another amount of both.
  const both = changed.includes('memory') && wanted.swap !== undefined && !changed.includes('swap');
  return [...changed, ...(both ? ['swap' as const] : [])].flatMap((key) =>
    settings(hierarchy, folder, key, wanted, found),
  );
}

/** Writes those bounds of `wanted` that are not as in `found`; in both, what is not said is no bound. Throws SystemError. */
export function writeLimits(hierarchy: Hierarchy, folder: string, wanted: Limits, found: Limits): void {
  let left = settingsOf(hierarchy, folder, wanted, found);
  while (left.length > 0) {
    const refused: { readonly setting: Setting; readonly error: unknown }[] = [];
    for (const setting of left) {
      try {
        writeGroup(`${folder}/${setting.file}`, setting.text);
      } catch (error) {
        refused.push({ setting, error });
      }
    }
    // Of two bounds that depend on each other, only one order is right: what was refused may go now.
    if (refused.length === left.length) throw refused[0]!.error;
    left = refused.map(({ setting }) => setting);
  }
}

function settings(
  hierarchy: Hierarchy,
  folder: string,
  key: LimitKey,
  wanted: Limits,
  found: Limits,
): readonly Setting[] {
  const { version } = hierarchy;
  if (key === 'io') return ioSettings(version, wanted.io, found.io);
  const limit = limitFile(key, version);
  if (limit === undefined) return [];
  const { file } = limit;
  if (version === 2 || (key !== 'cpus' && key !== 'mems')) return [{ file, text: limit.write(wanted) }];
  const above = readGroup(`${dirname(folder)}/${file}`) ?? '';
  return [{ file, text: wanted[key] ?? above }];
}

/** The bounds of a group. `said`: those that the file asks for; of the others, what every group has is no bound. */
export function readLimits(hierarchy: Hierarchy, folder: string, said: Limits): Limits {
  const { version } = hierarchy;
  const found: Record<string, Limits[LimitKey]> = {};
  for (const key of keysOf(hierarchy)) {
    const limit = limitFile(key, version);
    const text = limit === undefined ? undefined : readGroup(`${folder}/${limit.file}`);
    const value =
      key === 'io'
        ? readIo(version, (file) => readGroup(`${folder}/${file}`) ?? '')
        : text === undefined
          ? undefined
          : limit?.read(text, found['memory'] as number | undefined);
    if (value === undefined || (said[key] === undefined && isUsual(hierarchy, folder, key, value))) continue;
    found[key] = value;
  }
  return found;
}

function isUsual({ version }: Hierarchy, folder: string, key: LimitKey, value: Limits[LimitKey]): boolean {
  const limit = limitFile(key, version);
  if (version === 1 && (key === 'cpus' || key === 'mems'))
    return value === readGroup(`${dirname(folder)}/${limit?.file ?? ''}`);
  return value === limit?.usual;
}

/**
 * Version 1 lets no group have CPUs, or more of their time, than the one above it: what is below `folders` is narrowed to what that
 * one is about to have.
 */
export function narrow(hierarchy: Hierarchy, folders: readonly string[], wanted: Limits): void {
  if (hierarchy.version !== 1) return;
  for (const folder of folders) {
    // With what it has from above, too.
    const own = readLimits(hierarchy, folder, { cpus: '', mems: '' });
    const next: Record<string, Limits[LimitKey]> = { ...own };
    for (const key of ['cpus', 'mems'] as const) {
      const [list, most] = [own[key], wanted[key]];
      if (list === undefined || most === undefined) continue;
      const allowed = new Set(numbersOf(most));
      const kept = numbersOf(list).filter((each) => allowed.has(each));
      next[key] = kept.length === 0 ? most : listText(kept);
    }
    if (own.cpu !== undefined && wanted.cpu !== undefined) next['cpu'] = Math.min(own.cpu, wanted.cpu);
    writeLimits(hierarchy, folder, next, own);
  }
}

/** The text of a file of a group, without its line end; undefined when it has gone, or its controller is not on here. */
export function readGroup(path: string): string | undefined {
  return readText(path)?.trimEnd();
}

/** Writes into a file of a group, in one write. Throws SystemError. */
export function writeGroup(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'r+' });
  } catch (error) {
    throw systemError(error, 'write', path);
  }
}
