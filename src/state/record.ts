import { readFileSync, renameSync, writeFileSync } from 'node:fs';

import { LabError } from '../errors.ts';
import type { Isolation, Process, Setup } from '../model/resource.ts';
import { labPaths } from './paths.ts';

/** The layout of lab.json; a file of another number is refused with a way out. */
const VERSION = 2;

/** What a lab's state file says: only what neither the kernel nor the keeper can tell. */
export interface LabRecord {
  readonly lab: string;
  /** The topology's file, absolute; `-` when it came from standard input. */
  readonly file: string;
  readonly keeper: number;
  /** ISO 8601. */
  readonly since: string;
  readonly nodes: Readonly<Record<string, NodeRecord>>;
  /** Keys of resources of ours that bear no mark in the kernel: settings and forwarding entries. */
  readonly unmarked: readonly string[];
  /** What the processes were started as, by `node/process`; that they run, and as this, their PID 1 says. */
  readonly processes: Readonly<Record<string, ProcessRecord>>;
  /** By node, the commands of its setup that were run. */
  readonly setups: Readonly<Record<string, Setup['commands']>>;
}

/** All that the file said of a process. */
export type ProcessRecord = Omit<Process, 'kind' | 'node' | 'name' | 'at' | 'state'>;

export interface NodeRecord {
  readonly role: 'node' | 'bridge';
  readonly hostname: string;
  readonly isolation: readonly Isolation[];
  readonly internet?: boolean;
}

/**
 * Reads a lab's state file. Undefined when there is none, or none that can be read: the lab is then known by its keeper alone.
 * @throws LabError when another version of netlab wrote it.
 */
export function readRecord(lab: string): LabRecord | undefined {
  let record: LabRecord & { version?: number };
  try {
    record = JSON.parse(readFileSync(labPaths(lab).record, 'utf8')) as LabRecord;
  } catch {
    return undefined;
  }
  if (record.version !== VERSION) {
    throw new LabError(
      `the lab ${lab} was brought up by another version of netlab; take it down with that one, or with: netlab down ${lab}`,
    );
  }
  return record;
}

/** Writes a lab's state file: it holds all of the new text or all of the old, whatever happens. */
export function writeRecord(record: LabRecord): void {
  const { record: path } = labPaths(record.lab);
  writeFileSync(`${path}.new`, JSON.stringify({ version: VERSION, ...record }), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
