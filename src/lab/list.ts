import { readdirSync, statSync } from 'node:fs';

import type { LabSummary } from '../model/report.ts';
import { Keeper } from '../process/keeper.ts';
import { labPaths, STATE_ROOT } from '../state/paths.ts';
import { type LabRecord, readRecord } from '../state/record.ts';
import { requireRoot } from './privilege.ts';

/** The labs that have a state folder, running or not. */
export function labsWithState(): Set<string> {
  try {
    return new Set(
      readdirSync(STATE_ROOT, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name),
    );
  } catch {
    return new Set();
  }
}

/** All labs of this machine, by name. Like `docker compose ls`. */
export function listLabs(): LabSummary[] {
  requireRoot('to look at the labs of this machine');
  return [...labsWithState()].toSorted().flatMap((lab) => {
    try {
      return [summarize(lab)];
    } catch (error) {
      // Taken down since its name was read.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  });
}

/** One lab in a line. */
export function summarize(lab: string): LabSummary {
  const keeper = Keeper.connect(labPaths(lab).ctl);
  const pid = keeper?.pid ?? null;
  keeper?.close();
  const record = readable(lab);
  const members = Object.values(record?.nodes ?? {});
  return {
    lab,
    state: pid === null ? 'dead' : 'running',
    keeper: pid,
    file: record?.file ?? '',
    nodes: members.filter(({ role }) => role === 'node').length,
    bridges: members.filter(({ role }) => role === 'bridge').length,
    since: record?.since ?? made(lab),
  };
}

function readable(lab: string): LabRecord | undefined {
  try {
    return readRecord(lab);
  } catch {
    // Another version's: the lab is listed all the same, for `down` to be pointed at.
    return undefined;
  }
}

function made(lab: string): string {
  return statSync(labPaths(lab).dir).ctime.toISOString();
}
