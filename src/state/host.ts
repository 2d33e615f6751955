/**
 * What a lab has in the host's own namespace, as its state folder says: written before anything there is touched, so that whoever
 * comes next can take it back, whatever became of netlab and of the keeper meanwhile.
 */
import { readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { InterruptedError } from '../errors.ts';
import type { Uplink } from '../model/host.ts';
import { type Lock, tryLock } from '../sys/lock.ts';
import type { LockOptions } from './lock.ts';
import { labPaths, STATE_ROOT } from './paths.ts';
import { ROOTLESS } from './places.ts';

const VERSION = 1;
const INTERVAL_MS = 20;

/** A setting of the host that a lab has changed, or found as it wanted it. */
export interface HostSetting {
  readonly key: string;
  /** What this lab wants it to be; while that is being changed, the former wish before it. */
  readonly values: readonly string[];
  /** What it was before any lab set it; null for one that came with a device of the lab's. */
  readonly was: string | null;
  /** Other settings that the kernel changes along with it, and what they were: paths below /proc/sys. */
  readonly along: readonly (readonly [path: string, value: string])[];
}

/** A lab's part of the host. */
export interface HostRecord {
  readonly lab: string;
  /** Which namespace: what `/proc/PID/ns/net` of its processes leads to. */
  readonly netns: string;
  /** Keys of what the lab has made there, or was about to. */
  readonly made: readonly string[];
  readonly settings: readonly HostSetting[];
  /** The networks that its ways out have got. */
  readonly uplinks: readonly Uplink[];
}

/** The network namespace that this process is in. */
export function currentNetns(): string {
  return readlinkSync('/proc/thread-self/ns/net');
}

/** A lab's part of the host, or undefined when it has none. */
export function readHostRecord(lab: string): HostRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path(lab), 'utf8')) as HostRecord & { version: number };
    return record.version === VERSION ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a lab has a part of the host. */
export function hasHostRecord(lab: string): boolean {
  return readHostRecord(lab) !== undefined;
}

/** Replaces the record, whole; one that says nothing is removed. */
export function writeHostRecord(record: HostRecord): void {
  const file = path(record.lab);
  if (record.made.length === 0 && record.settings.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  writeFileSync(`${file}.new`, JSON.stringify({ version: VERSION, ...record }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** What the other labs have in this namespace, running or dead. Each lab of an ordinary user has a namespace to itself. */
export function otherHostRecords(lab: string, netns: string): HostRecord[] {
  if (ROOTLESS) return [];
  let labs: string[];
  try {
    labs = readdirSync(STATE_ROOT);
  } catch {
    return [];
  }
  return labs
    .flatMap((other) => (other === lab ? [] : (readHostRecord(other) ?? [])))
    .filter((record) => record.netns === netns);
}

/** Who changes the host's namespace does so alone. The file goes with the lock, so that the last lab leaves nothing behind. */
export async function lockHost({ signal, onWait }: LockOptions = {}): Promise<Lock> {
  const file = join(STATE_ROOT, 'host.lock');
  for (let waited = false; ; waited = true) {
    const lock = tryLock(file);
    if (lock !== undefined) {
      writeFileSync(file, `${process.pid}\n`);
      return {
        fd: lock.fd,
        release: () => {
          rmSync(file, { force: true });
          lock.release();
        },
      };
    }
    if (!waited) onWait?.(holder(file));
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    if (signal?.aborted === true) throw new InterruptedError();
  }
}

function path(lab: string): string {
  return join(labPaths(lab).dir, 'host.json');
}

function holder(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
