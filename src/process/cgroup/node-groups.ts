/** The control groups of a node and of its processes, by what the file says that they may use. */
import { chownSync, existsSync } from 'node:fs';

import type { LimitKey, Limits } from '../../model/limits.ts';
import { enable, makeGroup, narrow, readGroup, readLimits, writeGroup, writeLimits } from './group.ts';
import { CONTROLLER_OF, type Controller, type Hierarchy, hierarchyOf } from './hierarchies.ts';
import { groupsIn, INIT, labGroup, nodeGroup, partGroup, REST, treesOf } from './places.ts';

/** A process's own bounds within those of its node. */
export interface ProcessLimits {
  readonly process: string;
  readonly limits: Limits;
  /** Who goes there: the root of its node. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * Makes the groups of a node with its bounds, or brings those that are there in line with it. Returns the groups that its PID 1 shall
 * join, as folders: none for a node without bounds. Like `mkdir -p`, and `echo 10 > pids.max`. Throws SystemError.
 */
export function makeNodeGroups(lab: string, node: string, limits: Limits): string[] {
  return treesFor([limits]).map(([hierarchy, controllers]) => {
    makeNode(hierarchy, controllers, lab, node);
    limitNode(hierarchy, nodeGroup(hierarchy, lab, node), limits);
    for (const part of [INIT, REST]) makePart(hierarchy, lab, node, part);
    return partGroup(hierarchy, lab, node, INIT);
  });
}

/** The same for one process: it has groups wherever its node has, so that it can be told who met a bound. */
export function makeProcessGroups(lab: string, node: string, ofNode: Limits, own: ProcessLimits): string[] {
  const { process, limits, owner } = own;
  return treesFor([ofNode, limits]).map(([hierarchy, controllers]) => {
    makeNode(hierarchy, controllers, lab, node);
    makePart(hierarchy, lab, node, process);
    const folder = partGroup(hierarchy, lab, node, process);
    writeLimits(hierarchy, folder, limits, readLimits(hierarchy, folder, limits));
    // Version 2 asks whether he may move processes in all of the node, too.
    if (owner !== undefined && owner.uid !== 0)
      for (const each of [nodeGroup(hierarchy, lab, node), folder])
        chownSync(`${each}/cgroup.procs`, owner.uid, owner.gid);
    return folder;
  });
}

/** Writes other bounds into the groups that a node, or one of its processes, has already: also where none is said any more. */
export function boundGroups(lab: string, node: string, process: string | undefined, limits: Limits): void {
  for (const hierarchy of treesOf(lab)) {
    if (!existsSync(nodeGroup(hierarchy, lab, node))) continue;
    if (process === undefined) {
      limitNode(hierarchy, nodeGroup(hierarchy, lab, node), limits);
      continue;
    }
    const folder = partGroup(hierarchy, lab, node, process);
    if (existsSync(folder)) writeLimits(hierarchy, folder, limits, readLimits(hierarchy, folder, limits));
  }
}

/** The trees in which a process has a group. */
export function processTrees(ofNode: Limits, own: Limits): Hierarchy[] {
  return treesFor([ofNode, own]).map(([hierarchy]) => hierarchy);
}

/** The groups that a command in a node, or beside one of its processes, shall join: those that there are. */
export function groupsToJoin(lab: string, node: string, process?: string): string[] {
  return treesOf(lab).flatMap((hierarchy) => {
    const parts = process === undefined ? [REST] : [process, REST];
    return parts.map((part) => partGroup(hierarchy, lab, node, part)).find((folder) => existsSync(folder)) ?? [];
  });
}

/** The trees that keep these bounds, each with the controllers that it takes. */
export function treesFor(list: readonly Limits[]): [Hierarchy, Set<Controller>][] {
  const trees = new Map<Hierarchy, Set<Controller>>();
  for (const limits of list) {
    for (const key of Object.keys(limits) as LimitKey[]) {
      const controller = CONTROLLER_OF[key];
      const hierarchy = hierarchyOf(controller);
      if (hierarchy === undefined) continue;
      const controllers = trees.get(hierarchy) ?? new Set();
      trees.set(hierarchy, controllers.add(controller));
    }
  }
  return [...trees];
}

/** The groups of a lab and of a node, and leave to bound what is in them. */
export function makeNode(hierarchy: Hierarchy, controllers: Iterable<Controller>, lab: string, node: string): void {
  const [ofLab, ofNode] = [labGroup(hierarchy, lab), nodeGroup(hierarchy, lab, node)];
  enable(hierarchy, hierarchy.root, controllers);
  makeGroup(hierarchy, ofLab);
  enable(hierarchy, ofLab, controllers);
  makeGroup(hierarchy, ofNode);
  enable(hierarchy, ofNode, controllers);
}

/** A group in that of a node. */
export function makePart(hierarchy: Hierarchy, lab: string, node: string, part: string): void {
  makeGroup(hierarchy, partGroup(hierarchy, lab, node, part));
}

const FOLLOWED = ['cpuset.cpus', 'cpuset.mems'] as const;

/** Writes a node's bounds. In a cpuset of version 1 the groups below it have its CPUs by copy. */
function limitNode(hierarchy: Hierarchy, folder: string, wanted: Limits): void {
  const found = readLimits(hierarchy, folder, wanted);
  const below = groupsIn(folder).map((name) => `${folder}/${name}`);
  const copies = hierarchy.version === 1 && hierarchy.controllers.has('cpuset');
  const following = copies
    ? FOLLOWED.map((file) => {
        const text = readGroup(`${folder}/${file}`);
        return { file, folders: below.filter((each) => readGroup(`${each}/${file}`) === text) };
      })
    : [];
  narrow(hierarchy, below, wanted);
  writeLimits(hierarchy, folder, wanted, found);
  for (const { file, folders } of following)
    for (const each of folders) writeGroup(`${each}/${file}`, readGroup(`${folder}/${file}`) ?? '');
}

/** The bounds that stand in the groups of a node, or of one of its parts; `said`: as the file has them. Undefined where it has no group. */
export function foundLimits(
  trees: readonly Hierarchy[],
  lab: string,
  node: string,
  said: Limits,
  part?: string,
): Limits | undefined {
  const found = trees.flatMap((hierarchy) => {
    const folder = part === undefined ? nodeGroup(hierarchy, lab, node) : partGroup(hierarchy, lab, node, part);
    return existsSync(folder) ? [readLimits(hierarchy, folder, said)] : [];
  });
  if (found.length === 0) return undefined;
  return Object.assign({}, ...found) as Limits;
}
