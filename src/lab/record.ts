import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import type { LabModel } from '../model/lab.ts';
import { type Surroundings, surroundingsOf } from '../model/namespace.ts';
import type { Resource } from '../model/resource.ts';
import { keyOf } from '../resource/index.ts';
import type { LabRecord } from '../state/record.ts';

/** The file of a lab as its record names it, wherever a later command is called. */
export function recordedFile({ file }: LabModel): string {
  return file === '-' ? '-' : resolve(file);
}

/** What the state folder shall say when the lab is as wanted. */
export function newRecord(
  model: LabModel,
  wanted: readonly Resource[],
  keeper: number,
  before: LabRecord | undefined,
): LabRecord {
  const nodes: Record<string, LabRecord['nodes'][string]> = {};
  const processes: Record<string, LabRecord['processes'][string]> = {};
  const setups: Record<string, LabRecord['setups'][string]> = {};
  const unmarked: string[] = [];
  for (const each of wanted) {
    if (each.kind === 'namespace') {
      nodes[each.node] = { role: each.role, ...surroundingsOf(each) };
    } else if (each.kind === 'process') {
      const { kind: _, node, name, at: __, state: ___, ...said } = each;
      processes[`${node}/${name}`] = said;
    } else if (each.kind === 'setup') {
      setups[each.node] = each.commands;
    } else if (each.kind === 'sysctl' || each.kind === 'fdb') unmarked.push(keyOf(each));
  }
  return {
    lab: model.name,
    file: recordedFile(model),
    keeper,
    since: before?.since ?? new Date().toISOString(),
    nodes,
    unmarked,
    processes,
    setups,
  };
}

/**
 * The new record while changes are under way: what the old one named may still stand there. A setup counts as done only where
 * it need not be run: `present` are the nodes that are there.
 */
export function underWay(after: LabRecord, before: LabRecord | undefined, present: readonly string[]): LabRecord {
  const done = Object.entries(before?.setups ?? {}).filter(
    ([node, commands]) => present.includes(node) && JSON.stringify(commands) === JSON.stringify(after.setups[node]),
  );
  const setups = Object.fromEntries(done);
  if (before === undefined) return { ...after, setups };
  return {
    ...after,
    nodes: laidOver(before.nodes, unsettled(before.nodes, after.nodes)),
    processes: laidOver(before.processes, after.processes),
    unmarked: union(before.unmarked, after.unmarked),
    setups,
  };
}

/** Both, the second over the first. There may be thousands of entries, and often there is nothing to lay over them. */
function laidOver<T>(
  below: Readonly<Record<string, T>>,
  above: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  return Object.keys(above).length === 0 ? below : { ...below, ...above };
}

function union(one: readonly string[], other: readonly string[]): readonly string[] {
  const same = one.length === other.length && one.every((key, i) => key === other[i]);
  return same ? one : [...new Set([...one, ...other])];
}

/** What a PID 1 has for as long as it runs. */
function lasting(node: Surroundings): Partial<Surroundings> {
  const { hostname: _, internet: __, mounts: ___, ...rest } = surroundingsOf(node);
  return rest;
}

/**
 * The nodes of which something else shall be said than before. One whose PID 1 is about to start anew is neither isolated as before nor as it
 * shall be, until it has.
 */
function unsettled(before: LabRecord['nodes'], after: LabRecord['nodes']): LabRecord['nodes'] {
  const changed: Record<string, LabRecord['nodes'][string]> = {};
  for (const [name, node] of Object.entries(after)) {
    const old = before[name];
    if (old !== undefined && JSON.stringify(old) === JSON.stringify(node)) continue;
    const settled = old === undefined || isDeepStrictEqual(lasting(old), lasting(node));
    changed[name] = settled && old?.unsettled !== true ? node : { ...node, unsettled: true as const };
  }
  return changed;
}
