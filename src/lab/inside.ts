/** What a node's processes see around them besides the network: what the node is called, and what netlab has mounted for them. */
import { isDeepStrictEqual } from 'node:util';

import { surroundingsOf } from '../model/namespace.ts';
import type { Namespace } from '../model/resource.ts';
import { confineRecords } from '../process/confinement.ts';
import type { NodeInit, Told } from '../process/node-init.ts';
import { dueMounts, missingMounts, type Mount, readMounts } from '../process/mounts.ts';
import { nodeOperations } from '../process/operations.ts';
import type { ProtocolRecord } from '../process/records.ts';
import { setupOf } from './init.ts';

/** A node whose PID 1 runs, from within. */
export interface Inside {
  readonly hostname: string | undefined;
  /** What its PID 1 says of how programs are confined. */
  readonly confined: readonly string[];
  readonly mounts: readonly Mount[];
}

/** Looks into a node by its PID 1; undefined when that has just ended. */
export function lookInside(init: NodeInit, { hostname, confined }: Told): Inside | undefined {
  try {
    return { hostname, confined, mounts: readMounts(`/proc/${init.pid}/mountinfo`) };
  } catch {
    return undefined;
  }
}

/** What is the same for all nodes of a lab: the keeper's mounts, and where the targets of mounts lead. */
export interface Common {
  /** Its pid. */
  readonly keeper: number;
  readonly mounts: () => readonly Mount[];
  readonly points: Map<string, string | undefined>;
}

/** A node as it was last set up, and what has become of that. */
export function withInside(found: Namespace, { hostname, confined, mounts }: Inside, common: Common): Namespace {
  const renamed = found.isolation.includes('uts') && hostname !== undefined && hostname !== found.hostname;
  const due =
    found.isolation.includes('mnt') && found.rootfs === undefined ? dueOf(found, common.keeper, common.points) : [];
  const missing = due.length === 0 ? [] : missingMounts(due, mounts, common.mounts()).map(({ point }) => point);
  const words = confineRecords(found.confinement).flatMap(([, ...rest]) => rest);
  return {
    ...found,
    ...(isDeepStrictEqual(words, confined) ? {} : { unlike: true as const }),
    ...(renamed ? { calledNow: hostname } : {}),
    ...(missing.length === 0 ? {} : { unmounted: missing }),
  };
}

/** Gives a running node the name and the mounts that it shall have; what it has of them stays as it is. */
export function furnish(init: NodeInit, wanted: Namespace, inherited: readonly Mount[], keeper: number): void {
  const there = readMounts(`/proc/${init.pid}/mountinfo`);
  const all = operationsOf(wanted, keeper);
  const missing = new Set(missingMounts(dueMounts(all, new Map()), there, inherited).map(({ record }) => record));
  const isTerminals = ([, , target]: ProtocolRecord): boolean => target === '/dev/pts';
  const operations = all.flatMap((record): ProtocolRecord[] => {
    const [word, source, target] = record;
    if (word === 'hostname' || word === 'write') return [record];
    // New terminals are made by the multiplexer of their own file system.
    if (source === '/dev/pts/ptmx' && [...missing].some(isTerminals)) return [['unmount', target!], record];
    return missing.has(record) ? [record] : [];
  });
  init.operate([...withoutResolver(wanted, there, keeper), ...operations]);
}

/** A node without a way out any more sees the machine's own resolvers again. */
function withoutResolver(wanted: Namespace, there: readonly Mount[], keeper: number): ProtocolRecord[] {
  if (wanted.internet === true || !wanted.isolation.includes('mnt')) return [];
  const had = dueOf({ ...wanted, internet: true }, keeper).find(({ record }) => record[2] === '/etc/resolv.conf');
  if (had === undefined) return [];
  const [, source = ''] = had.record;
  const isOurs = ({ point, root }: Mount): boolean => point === had.point && String(source).endsWith(root);
  return there.some(isOurs) ? [['unmount', had.point]] : [];
}

function operationsOf(member: Namespace, keeper: number): ProtocolRecord[] {
  return nodeOperations(setupOf({ name: member.node, ...surroundingsOf(member) }, keeper));
}

function dueOf(
  member: Namespace,
  keeper: number,
  points = new Map<string, string | undefined>(),
): ReturnType<typeof dueMounts> {
  return dueMounts(operationsOf(member, keeper), points);
}
