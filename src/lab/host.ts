/** A lab's part of the host's own namespace. */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { LabError } from '../errors.ts';
import { HOST } from '../model/host.ts';
import type { LabModel } from '../model/lab.ts';
import {
  currentNetns,
  hasHostRecord,
  otherHostRecords,
  type PartRecord,
  readHostRecord,
  writeHostRecord,
} from '../state/host.ts';
import type { ReadOptions } from '../state/copies.ts';
import { NETNS_DIR } from '../state/paths.ts';
import { INSIDE, ROOTLESS } from '../state/places.ts';
import { noPart, Part } from './part.ts';

/** Whose part is opened, and what for. */
export interface PartOptions extends ReadOptions {
  /** What the lab shall be. */
  readonly model?: LabModel;
  /** The pid of its keeper. */
  readonly keeper?: number | undefined;
}

/** What a lab has, or shall have, on the host. */
export class Host extends Part {
  /** Undefined for a lab that neither has nor wants anything there. Throws LabError when it has it in another namespace. */
  static open(lab: string, { model, keeper, ...how }: PartOptions): Host | undefined {
    const record = readHostRecord(lab, keeper, how);
    if (record === undefined && model?.resources.some(({ node }) => node === HOST) !== true) {
      // A record that cannot be read: what bears the lab's name is known all the same.
      if (how.anyVersion !== true || !hasHostRecord(lab)) return undefined;
    }
    // The home of an ordinary user's lab goes with the lab, and from out here nobody gets into it.
    if (ROOTLESS && !INSIDE) return undefined;
    const netns = currentNetns();
    const none = noPart(lab, HOST, netns);
    const before = record ?? none;
    const here = (what: PartRecord): Host => new Host({ path: '/proc/thread-self/ns/net', before: what, keeper });
    if (before.netns === netns) return here(before);
    // This is the home of the lab that runs, or of one to come: what another had, went with it.
    if (INSIDE) return here(none);
    const path = netnsPaths(Number(/\d+/.exec(before.netns)?.[0]))[0];
    if (model === undefined && path !== undefined) return new Host({ path, before, keeper });
    // The namespace has gone, and all that stood in it.
    if (path === undefined) return model === undefined ? undefined : here(none);
    throw new LabError(
      `the lab ${lab} has things in the network namespace ${before.netns}, and this is ${netns}: take it down first, with netlab down ${lab}`,
    );
  }

  neighbours(): PartRecord[] {
    return otherHostRecords(this.lab, this.before.netns);
  }

  protected record(record: PartRecord, keeper: number | undefined): void {
    writeHostRecord(record, keeper);
  }
}

/** Paths that lead to a network namespace by its number: of a process in it, and its names in /run/netns. */
export function netnsPaths(number: number): string[] {
  const leads = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.ino === number;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const path = `/proc/${pid}/ns/net`;
    try {
      if (readlinkSync(path) === `net:[${number}]`) return [path, ...names().filter(leads)];
    } catch {
      // It has ended, or is not ours to look into.
    }
  }
  return names().filter(leads);
}

function names(): string[] {
  try {
    return readdirSync(NETNS_DIR).map((name) => join(NETNS_DIR, name));
  } catch {
    return [];
  }
}
