/** What a node's processes see around them besides the network: what the node is called, and what netlab has mounted for them. */
import { isDeepStrictEqual } from 'node:util';

import { changedTargets, isWithin } from '../model/mount.ts';
import type { Namespace } from '../model/resource.ts';
import { confineRecords } from '../process/confinement.ts';
import type { NodeInit, Told } from '../process/node-init.ts';
import { furnishNode } from '../process/furnish.ts';
import {
  type DueMount,
  dueMounts,
  missingMounts,
  type Mount,
  reachable,
  readMounts,
  type Resolve,
} from '../process/mounts.ts';
import { type Loosened, loosenedMounts } from '../process/mount-flags.ts';
import { nodeOperations } from '../process/operations.ts';
import type { ProtocolRecord } from '../process/records.ts';
import { resolveInRoot } from '../sys/in-root.ts';
import { setupOf, shapeOf } from './init.ts';
import { prepareLayers } from './rootfs.ts';

/** A node whose PID 1 runs, from within. */
export interface Inside {
  readonly hostname: string | undefined;
  /** What its PID 1 says of how programs are confined. */
  readonly confined: readonly string[];
  readonly mounts: readonly Mount[];
  /** Its root folder as seen from here. */
  readonly root: string;
}

/** Looks into a node by its PID 1; undefined when that has just ended. */
export function lookInside(init: NodeInit, { hostname, confined }: Told): Inside | undefined {
  try {
    const process = `/proc/${init.pid}`;
    return { hostname, confined, mounts: readMounts(`${process}/mountinfo`), root: `${process}/root` };
  } catch {
    return undefined;
  }
}

/** What is the same for all nodes of a lab: the keeper's mounts, and where the targets of mounts lead on the machine. */
export interface Common {
  /** Its pid. */
  readonly keeper: number;
  readonly mounts: () => readonly Mount[];
  readonly resolve: Resolve;
}

/** A node as it was last set up, and what has become of that. */
export function withInside(found: Namespace, inside: Inside, common: Common): Namespace {
  const { hostname, confined } = inside;
  const renamed = found.isolation.includes('uts') && hostname !== undefined && hostname !== found.hostname;
  const operations = operationsOf(found, common.keeper);
  const missing = missingOf(found, operations, inside, common);
  const loosened = loosenedOf(found, operations, inside, common);
  const words = confineRecords(found.confinement).flatMap(([, ...rest]) => rest);
  return {
    ...found,
    ...(isDeepStrictEqual(words, confined) ? {} : { unlike: true as const }),
    ...(renamed ? { calledNow: hostname } : {}),
    ...(missing.length === 0 ? {} : { unmounted: missing.map(({ point }) => point) }),
    ...(loosened.length === 0 ? {} : { loosened: loosened.map(({ point, lacks }) => ({ point, lacks })) }),
  };
}

/** The mounts that a node has no more. */
function missingOf(
  member: Namespace,
  operations: readonly ProtocolRecord[],
  inside: Pick<Inside, 'mounts' | 'root'>,
  common: Common,
): DueMount[] {
  const due = dueIn(member, operations, inside, common);
  return due === undefined ? [] : missingMounts(dueMounts(due.operations, due.resolve), inside.mounts, due.inherited());
}

/** The mounts of a node of which somebody has taken flags away. */
function loosenedOf(
  member: Namespace,
  operations: readonly ProtocolRecord[],
  inside: Pick<Inside, 'mounts' | 'root'>,
  common: Common,
): Loosened[] {
  const due = dueIn(member, operations, inside, common);
  return due === undefined ? [] : loosenedMounts(due.operations, due.resolve, inside.mounts, due.inherited());
}

/** What of the operations is done in a node's root, and where targets lead. In a root of its own nothing is inherited, and links lead where that root says. */
function dueIn(
  { isolation, rootfs, mounts: said = [] }: Namespace,
  operations: readonly ProtocolRecord[],
  { root }: Pick<Inside, 'root'>,
  common: Common,
) {
  if (!isolation.includes('mnt')) return undefined;
  if (rootfs === undefined) {
    // A folder within another mount of the node's the machine does not have.
    const own = new Set(said.map(({ target }) => target));
    const resolve: Resolve = (target) =>
      common.resolve(target) ?? (own.has(target) ? (resolveInRoot(root, target) ?? target) : undefined);
    return { operations, resolve, inherited: common.mounts };
  }
  const begun = operations.findIndex(([word]) => word === 'root');
  return { operations: operations.slice(begun), resolve: resolveIn(root, operations), inherited: () => [] };
}

/** A target that leads nowhere is missing; what is to be hidden, and is not there, need not be. */
function resolveIn(root: string, operations: readonly ProtocolRecord[]): Resolve {
  const hidden = new Set(operations.flatMap(([word, path]) => (word === 'mask' || word === 'readonly' ? [path] : [])));
  return (target) => resolveInRoot(root, target) ?? (hidden.has(target) ? undefined : target);
}

/**
 * Gives a running node the name and the mounts that it shall have; what it has of them stays as it is, but for mounts of which the file
 * says something else than when the node was set up last (`found`).
 */
export function furnish(init: NodeInit, wanted: Namespace, found: Namespace, common: Common): void {
  const target = { mounts: readMounts(`/proc/${init.pid}/mountinfo`), root: `/proc/${init.pid}/root` };
  const before = [...withoutResolver(wanted, target.mounts, common), ...changedMounts(wanted, found, target, common)];
  const gone = new Set(before.flatMap(([word, path]) => (word === 'unmount' ? [path] : [])));
  const shape = shapeOf(wanted);
  const setup = setupOf(shape, common.keeper);
  prepareLayers(setup, shape, common.keeper);
  const all = nodeOperations(setup);
  const missing = new Set(missingOf(wanted, all, target, common).map(({ record }) => record));
  for (const record of all) if (gone.has(pointOf(record))) missing.add(record);
  const loosened = loosenedOf(wanted, all, target, common).filter(({ point }) => !gone.has(point));
  const operations = [...before, ...furnishing(all, missing), ...loosened.map(({ record }) => record)];
  if (wanted.rootfs === undefined) init.operate(operations);
  else furnishNode(common.keeper, init.pid, operations, wanted.rootfs.readOnly);
}

/** Of all operations those that make what is missing, and what goes with it. */
function furnishing(all: readonly ProtocolRecord[], missing: ReadonlySet<ProtocolRecord>): ProtocolRecord[] {
  const made = new Set([...missing].map(pointOf));
  return all.flatMap((record): ProtocolRecord[] => {
    const [word, source, target] = record;
    switch (word) {
      case 'hostname':
      case 'write':
      // What is there already is passed over.
      case 'mkdir':
      case 'touch':
      case 'symlink':
      case 'device':
        return [record];
      case 'attributes':
        return made.has(source) ? [record] : [];
      default:
        // New terminals are made by the multiplexer of their own file system.
        if (source === '/dev/pts/ptmx' && made.has('/dev/pts')) return [['unmount', target!], record];
        if (source === '' && record[3] === '') return made.has(target) && target !== '/' ? [record] : [];
        return missing.has(record) ? [record] : [];
    }
  });
}

function pointOf([word, first, second]: ProtocolRecord): string | number | undefined {
  return word === 'mount' || word === 'mount?' ? second : first;
}

/** Takes away the mounts that are to be others, and what stands on them; they are made again with what is missing. */
function changedMounts(
  wanted: Namespace,
  found: Namespace,
  { mounts, root }: Pick<Inside, 'mounts' | 'root'>,
  common: Common,
): ProtocolRecord[] {
  const changed = changedTargets(wanted.mounts, found.mounts);
  const resolve = wanted.rootfs === undefined ? common.resolve : resolveIn(root, []);
  const own = new Set(reachable(mounts, mounts).map(({ point }) => point));
  return (found.mounts ?? [])
    .filter(({ target }) => changed.some((each) => isWithin(target, each)))
    .filter(({ target }) => own.has(resolve(target) ?? target))
    .toReversed()
    .map(({ target }): ProtocolRecord => ['unmount', target]);
}

/** A node without a way out any more sees the machine's own resolvers again. */
function withoutResolver(wanted: Namespace, there: readonly Mount[], common: Common): ProtocolRecord[] {
  if (wanted.internet === true || !wanted.isolation.includes('mnt')) return [];
  const had = operationsOf({ ...wanted, internet: true }, common.keeper).find(
    (record) => pointOf(record) === '/etc/resolv.conf' && record[0] !== 'touch',
  );
  if (had === undefined) return [];
  const point = wanted.rootfs === undefined ? common.resolve('/etc/resolv.conf') : '/etc/resolv.conf';
  const isOurs = (mount: Mount): boolean => mount.point === point && String(had[1]).endsWith(mount.root);
  return point !== undefined && there.some(isOurs) ? [['unmount', point]] : [];
}

function operationsOf(member: Namespace, keeper: number): ProtocolRecord[] {
  return nodeOperations(setupOf(shapeOf(member), keeper));
}
