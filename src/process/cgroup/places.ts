/** Where a lab's control groups are: `netlab-LAB.WHOSE/NODE/PROCESS` below the root of each tree that one of its nodes needs. */
import { existsSync, readdirSync } from 'node:fs';

import { stateIdentity } from '../../state/identity.ts';
import { hierarchies, type Hierarchy } from './hierarchies.ts';

/** WHOSE tells labs of one name apart that have their state in different folders; those of earlier versions have none. */
const NAME = /^netlab-([a-z0-9-]+?)(?:\.([0-9a-f]{8}))?$/;

/** A node's PID 1 has a group of its own in that of its node: it must go on when all others are frozen. */
export const INIT = '@init';
/** What runs in a node and is none of its processes: setups, commands by hand, and what these leave behind. */
export const REST = '@rest';

/** The group of a lab. */
export function labGroup({ root }: Hierarchy, lab: string): string {
  return `${root}/netlab-${lab}.${stateIdentity()}`;
}

/** The group of a node: its bounds are those of all that runs in it together. */
export function nodeGroup(hierarchy: Hierarchy, lab: string, node: string): string {
  return `${labGroup(hierarchy, lab)}/${entry(node)}`;
}

/** The group of a process, with all that it starts; or {@link INIT} or {@link REST}. */
export function partGroup(hierarchy: Hierarchy, lab: string, node: string, part: string): string {
  return `${nodeGroup(hierarchy, lab, node)}/${part === INIT || part === REST ? part : entry(part)}`;
}

/** A folder must not be called as one of the kernel's files beside it. */
function entry(name: string): string {
  return /^(?:tasks|notify_on_release|(?:cgroup|memory|pids|cpu|cpuacct|cpuset|io|blkio|freezer)\..*)$/.test(name)
    ? `@${name}`
    : name;
}

/** The groups in a group, by their folders' names. */
export function groupsIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []));
  } catch {
    return [];
  }
}

/** The trees in which a lab has a group. */
export function treesOf(lab: string): Hierarchy[] {
  return hierarchies().filter((hierarchy) => existsSync(labGroup(hierarchy, lab)));
}

/** The labs of this state folder that have groups, running or not. */
export function labsWithGroups(): Set<string> {
  return new Set(allGroups().flatMap(({ lab, whose }) => (whose === stateIdentity() ? [lab] : [])));
}

/** The groups of all labs that there are, with whose they are. */
export function allGroups(): { readonly lab: string; readonly whose: string | undefined; readonly folder: string }[] {
  return hierarchies().flatMap(({ root }) =>
    groupsIn(root).flatMap((name) => {
      const [, lab, whose] = NAME.exec(name) ?? [];
      return lab === undefined ? [] : [{ lab, whose, folder: `${root}/${name}` }];
    }),
  );
}
