/** Nodes that stand still: all of their processes but their PID 1s. */
import { existsSync } from 'node:fs';

import { readGroup, writeGroup } from './group.ts';
import { type Hierarchy, hierarchyOf } from './hierarchies.ts';
import { makeNode, makePart } from './node-groups.ts';
import { groupsIn, INIT, labGroup, nodeGroup, partGroup, REST } from './places.ts';
import { moveInto, pidsIn, type Task } from './tasks.ts';

/** How often a node is looked over for processes that were begun meanwhile. What is frozen begins none. */
const SWEEPS = 1_000;

/** The tree in which nodes are frozen; undefined where there is none. */
export function freezer(): Hierarchy | undefined {
  return hierarchyOf('freezer');
}

/**
 * Freezes all groups of a node but its PID 1's, and moves into one of them what is in none. Like `echo 1 > cgroup.freeze`, in version 1
 * `echo FROZEN > freezer.state`. Throws SystemError.
 */
export function freezeNode(hierarchy: Hierarchy, lab: string, node: string, tasks: () => readonly Task[]): void {
  makeNode(hierarchy, [], lab, node);
  makePart(hierarchy, lab, node, REST);
  write(hierarchy, lab, node, true);
  const rest = partGroup(hierarchy, lab, node, REST);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const there = new Set(partsOf(hierarchy, lab, node).flatMap(pidsIn));
    const outside = tasks().filter(({ pid }) => !there.has(pid));
    if (outside.length === 0) return;
    for (const { pid } of outside) moveInto(rest, pid);
  }
}

/** The other way round; a node that goes on already is left alone. Like `echo 0 > cgroup.freeze`. */
export function thawNode(lab: string, node: string): void {
  const hierarchy = freezer();
  if (hierarchy !== undefined && isFrozen(hierarchy, lab, node)) write(hierarchy, lab, node, false);
}

/** The same for all nodes of a lab. */
export function thawLab(lab: string): void {
  const hierarchy = freezer();
  if (hierarchy !== undefined) for (const node of groupsIn(labGroup(hierarchy, lab))) thawNode(lab, node);
}

/** Whether a node has been frozen. */
export function isFrozen(hierarchy: Hierarchy, lab: string, node: string): boolean {
  if (!existsSync(partGroup(hierarchy, lab, node, REST))) return false;
  const { file, frozen } = WORDS[hierarchy.version];
  return partsOf(hierarchy, lab, node).some((folder) => frozen.includes(readGroup(`${folder}/${file}`) ?? ''));
}

const WORDS = {
  1: { file: 'freezer.state', frozen: ['FROZEN', 'FREEZING'] as readonly [string, ...string[]], thawed: 'THAWED' },
  2: { file: 'cgroup.freeze', frozen: ['1'] as readonly [string, ...string[]], thawed: '0' },
} as const;

function write(hierarchy: Hierarchy, lab: string, node: string, freeze: boolean): void {
  const { file, frozen, thawed } = WORDS[hierarchy.version];
  for (const folder of partsOf(hierarchy, lab, node)) writeGroup(`${folder}/${file}`, freeze ? frozen[0] : thawed);
}

function partsOf(hierarchy: Hierarchy, lab: string, node: string): string[] {
  const folder = nodeGroup(hierarchy, lab, node);
  return groupsIn(folder).flatMap((name) => (name === INIT ? [] : [`${folder}/${name}`]));
}
