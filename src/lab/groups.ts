/** The control groups of nodes that run: other bounds for who is in them, and who must come into new ones. */
import { statSync } from 'node:fs';

import type { Namespace, Process } from '../model/resource.ts';
import {
  boundGroups,
  makeNodeGroups,
  makePart,
  makeProcessGroups,
  processTrees,
  treesFor,
} from '../process/cgroup/node-groups.ts';
import { INIT, partGroup, REST } from '../process/cgroup/places.ts';
import { moveInto, pidsIn, type Task, tasksOf } from '../process/cgroup/tasks.ts';
import { watchRecords } from '../process/cgroup/counters.ts';
import type { Hierarchy } from '../process/cgroup/hierarchies.ts';
import { outerPid } from '../process/pids.ts';
import { netnsPath } from '../state/paths.ts';
import { findPrograms } from './observe.ts';
import type { LaunchNode } from './programs.ts';
import type { Session } from './session.ts';

/** How often a node is looked over for processes that were begun meanwhile. */
const SWEEPS = 20;

/** Gives a node other bounds, in place; what runs in it comes into groups that are new. */
export function boundNode(session: Session, { node, limits = {} }: Namespace): void {
  boundGroups(session.lab, node, undefined, limits);
  makeNodeGroups(session.lab, node, limits);
  session.keeper.watch(watchRecords(session.lab, node));
  gather(
    session,
    node,
    treesFor([limits]).map(([hierarchy]) => hierarchy),
  );
}

/** The same for one process. */
export function boundProcess(
  session: Session,
  { node, name, limits = {} }: Process,
  ofNode: Pick<LaunchNode, 'limits'> | undefined,
): void {
  boundGroups(session.lab, node, name, limits);
  makeProcessGroups(session.lab, node, ofNode?.limits ?? {}, { process: name, limits });
  session.keeper.watch(watchRecords(session.lab, node, name));
  gather(session, node, [], new Map([[name, processTrees(ofNode?.limits ?? {}, limits)]]));
}

/**
 * Moves what runs in a node into its groups, as far as it is not there: its PID 1, its processes with all that descends from them, and
 * the rest. `only`: these processes, in these trees.
 */
function gather(
  session: Session,
  node: string,
  trees: readonly Hierarchy[],
  only?: ReadonlyMap<string, readonly Hierarchy[]>,
): void {
  if (trees.length === 0 && [...(only?.values() ?? [])].every((list) => list.length === 0)) return;
  const init = session.init(node);
  const home = init?.pid ?? session.keeper.pid;
  init?.close();
  const leaders = new Map(
    findPrograms(session, new Set([node])).flatMap(({ program: { name, pid } }) => {
      const outer = outerPid(home, pid);
      return outer === null ? [] : [[outer, name] as const];
    }),
  );
  for (const hierarchy of trees)
    for (const name of new Set(leaders.values())) makePart(hierarchy, session.lab, node, name);
  if (trees.length > 0)
    for (const name of new Set(leaders.values())) session.keeper.watch(watchRecords(session.lab, node, name));
  const moves = (task: Task, parents: ReadonlyMap<number, number>): readonly (readonly [Hierarchy, string])[] => {
    const part = partOf(task.pid, parents, leaders);
    const where = only === undefined ? trees : (only.get(part) ?? []);
    return where.map((hierarchy) => [hierarchy, partGroup(hierarchy, session.lab, node, part)]);
  };
  if (only === undefined && init !== undefined)
    for (const hierarchy of trees) moveInto(partGroup(hierarchy, session.lab, node, INIT), home);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const tasks = init === undefined ? guestsOf(session, node) : tasksOf(home);
    const parents = new Map(tasks.map(({ pid, parent }) => [pid, parent]));
    const there = new Map<string, ReadonlySet<number>>();
    let moved = false;
    for (const task of tasks) {
      for (const [, folder] of moves(task, parents)) {
        const known = there.get(folder) ?? new Set(pidsIn(folder));
        there.set(folder, known);
        if (known.has(task.pid)) continue;
        moveInto(folder, task.pid);
        moved = true;
      }
    }
    if (!moved) return;
  }
}

/** The process that a task descends from, or none of them. */
function partOf(pid: number, parents: ReadonlyMap<number, number>, leaders: ReadonlyMap<number, string>): string {
  for (let at: number | undefined = pid; at !== undefined; at = parents.get(at)) {
    const name = leaders.get(at);
    if (name !== undefined) return name;
  }
  return REST;
}

/** What runs in a node without a PID 1: what is in its network namespace, and below the keeper. */
export function guestsOf(session: Session, node: string): Task[] {
  const home = namespaceAt(netnsPath(session.lab, node));
  return tasksOf(session.keeper.pid).filter(({ pid }) => namespaceAt(`/proc/${pid}/ns/net`) === home);
}

function namespaceAt(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}
