/**
 * What a lab has in the host's own namespace, as its state folder says: written before anything there is touched, so that whoever
 * comes next can take it back, whatever became of netlab and of the keeper meanwhile.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { InterruptedError } from '../errors.ts';
import { HOST, type Uplink } from '../model/host.ts';
import { type Lock, signLock, tryLock } from '../sys/lock.ts';
import type { LockOptions } from './lock.ts';
import { readCopies, type ReadOptions, removeCopies, type StateFile, writeCopies } from './copies.ts';
import { linkedKeeper } from './keepers.ts';
import { labPaths, STATE_ROOT } from './paths.ts';
import { ROOTLESS } from './places.ts';
import { fields, list, nullable, optional, string, tuple } from './shape.ts';
import { readText } from '../sys/read-text.ts';

const INTERVAL_MS = 20;
const HOST_LOCK = 'host.lock';

/** A setting of somebody else's namespace that a lab has changed, or found as it wanted it. */
export interface PartSetting {
  readonly key: string;
  /** What this lab wants it to be; while that is being changed, the former wish before it. */
  readonly values: readonly string[];
  /** What it was before any lab set it; null for one that came with a device of the lab's. */
  readonly was: string | null;
  /** Other settings that the kernel changes along with it, and what they were: paths below /proc/sys. */
  readonly along: readonly (readonly [path: string, value: string])[];
}

/** A lab's part of the host, or of a namespace that a node joins. */
export interface PartRecord {
  readonly lab: string;
  /** The host, or the node. */
  readonly node: string;
  /** Which namespace: what `/proc/PID/ns/net` of its processes leads to; of one that is joined its whole identity. */
  readonly netns: string;
  /** Which run of the machine: after the next boot nothing of this stands any more, though the number of the namespace is the same. */
  readonly boot: string;
  /** Keys of what the lab has made there, or was about to. */
  readonly made: readonly string[];
  readonly settings: readonly PartSetting[];
  /** The networks that its ways out have got. */
  readonly uplinks: readonly Uplink[];
}

/** The network namespace that this process is in. */
export function currentNetns(): string {
  return readlinkSync('/proc/thread-self/ns/net');
}

/** The run of the machine that this is. */
export function currentBoot(): string {
  return (boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

let boot: string | undefined;

/** What each part cannot be without. */
export const PART = {
  lab: string,
  netns: string,
  boot: optional(string),
  made: list(string),
  settings: list(
    fields({ key: string, values: list(string), was: nullable(string), along: list(tuple(string, string)) }),
  ),
  uplinks: list(fields({ node: string, link: string, subnet: string, subnet6: optional(string) })),
};

const FILE: StateFile = { name: 'host.json', version: 2, shape: fields(PART) };

/**
 * A lab's part of the host, or undefined when it has none; `keeper`: the pid of its keeper, which has a copy.
 * @throws LabError when another version of netlab wrote it.
 */
export function readHostRecord(
  lab: string,
  keeper: number | undefined,
  options: ReadOptions = {},
): PartRecord | undefined {
  const record = readCopies(lab, keeper, FILE, options) as PartRecord | undefined;
  if (record === undefined) return undefined;
  // An older version wrote down no boot.
  const { boot: at = currentBoot() } = record as { readonly boot?: string };
  return at === currentBoot() ? { ...record, node: HOST, boot: at } : undefined;
}

/** Whether something is written down of a lab's part of the host, be it unreadable. */
export function hasHostRecord(lab: string): boolean {
  return existsSync(join(labPaths(lab).dir, FILE.name));
}

/** Replaces the record, whole; one that says nothing is removed. */
export function writeHostRecord(record: PartRecord, keeper: number | undefined): void {
  if (record.made.length === 0 && record.settings.length === 0) removeCopies(record.lab, keeper, FILE);
  else writeCopies(record.lab, keeper, FILE, record);
}

/** What the other labs have in this namespace, running or dead. Each lab of an ordinary user has a namespace to itself. */
export function otherHostRecords(lab: string, netns: string): PartRecord[] {
  const read = (other: string): PartRecord[] => {
    const record = readHostRecord(other, linkedKeeper(other), { anyVersion: true });
    return record === undefined ? [] : [record];
  };
  return ofOthers(lab, read).filter((record) => record.netns === netns);
}

/** What `read` finds of each other lab with a state folder. */
export function ofOthers(lab: string, read: (other: string) => readonly PartRecord[]): PartRecord[] {
  if (ROOTLESS) return [];
  let labs: string[];
  try {
    labs = readdirSync(STATE_ROOT);
  } catch {
    return [];
  }
  return labs.flatMap((other) => (other === lab ? [] : read(other)));
}

/** Removes the file of that lock, where one who was killed has left it and nobody has it. */
export function removeHostLock(): void {
  const file = join(STATE_ROOT, HOST_LOCK);
  if (!existsSync(file)) return;
  const lock = tryLock(file);
  if (lock === undefined) return;
  rmSync(file, { force: true });
  lock.release();
}

/** Who changes the host's namespace does so alone. The file goes with the lock, so that the last lab leaves nothing behind. */
export async function lockHost({ signal, onWait }: LockOptions = {}): Promise<Lock> {
  const file = join(STATE_ROOT, HOST_LOCK);
  for (let waited = false; ; waited = true) {
    const lock = tryLock(file);
    if (lock !== undefined) {
      signLock(file);
      return {
        fd: lock.fd,
        release: () => {
          rmSync(file, { force: true });
          lock.release();
        },
      };
    }
    if (!waited) onWait?.(readText(file)?.trim() ?? '');
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    if (signal?.aborted === true) throw new InterruptedError();
  }
}
