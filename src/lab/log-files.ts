/** Where the output of a node's processes lies. */
import { chmodSync, lchownSync, lstatSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { DEFAULT_LOG, type LogSize } from '../model/process.ts';
import type { Process } from '../model/resource.ts';
import type { Owner } from '../process/file-tree.ts';
import { Keeper } from '../process/keeper.ts';
import { NodeInit } from '../process/node-init.ts';
import { outerPid } from '../process/pids.ts';
import type { Change } from '../reconcile/diff.ts';
import { keeperOf, nodeSocket } from '../state/keepers.ts';
import { labPaths, logPath } from '../state/paths.ts';
import { INSIDE } from '../state/places.ts';
import { removeTree } from '../sys/remove-tree.ts';
import { findPrograms } from './observe.ts';
import type { Session } from './session.ts';

/** The logs of a node by process: files of the state folder; and where those were removed, what a process that runs has open. */
export function logFiles(lab: string, node: string): Map<string, string> {
  const files = new Map(logsOf(lab, node).map((name) => [name, logPath(lab, node, name)]));
  for (const [name, path] of openLogs(lab, node)) if (!files.has(name)) files.set(name, path);
  return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function logsOf(lab: string, node: string): string[] {
  try {
    return readdirSync(`${labPaths(lab).logs}/${node}`).flatMap((file) =>
      file.endsWith('.log') ? [file.slice(0, -'.log'.length)] : [],
    );
  } catch {
    return [];
  }
}

/** Logs that have no name any more: a path through the process that prints there. */
function openLogs(lab: string, node: string): (readonly [process: string, path: string])[] {
  const pid = keeperOf(lab);
  const keeper = pid === undefined ? undefined : Keeper.of(lab, pid);
  if (pid === undefined || keeper === undefined) return [];
  let supervisor = pid;
  const init = (name: string): NodeInit | undefined => {
    const found = NodeInit.connect(nodeSocket(pid, name));
    if (name === node && found !== undefined) supervisor = found.pid;
    return found;
  };
  try {
    return findPrograms({ keeper, init }, new Set([node])).flatMap(({ program: { name, pid: inner } }) => {
      const outer = outerPid(supervisor, inner);
      const path = outer === null ? undefined : removedOutput(outer, `${node}/${name}.log`);
      return path === undefined ? [] : [[name, path] as const];
    });
  } finally {
    keeper.close();
  }
}

/** The descriptor by which a process prints into a log that was removed. */
function removedOutput(pid: number, log: string): string | undefined {
  return [1, 2]
    .map((fd) => `/proc/${pid}/fd/${fd}`)
    .find((path) => {
      try {
        return readlinkSync(path).endsWith(`/logs/${log} (deleted)`);
      } catch {
        return false;
      }
    });
}

/** Has the keeper keep as much of the logs of processes as each of them says; of those that run, in place. */
export function boundLogs(session: Pick<Session, 'keeper'>, processes: readonly Process[]): void {
  const names = new Map<string, { readonly names: string[] } & LogSize>();
  for (const { node, name, log = DEFAULT_LOG } of processes) {
    const key = `${log.maxSize} ${log.files}`;
    const known = names.get(key) ?? { ...log, names: [] };
    known.names.push(`${node}/${name}.log`);
    names.set(key, known);
  }
  if (names.size > 0) session.keeper.rotate([...names.values()]);
}

/** What the processes of dropped nodes had printed goes when it is certain that these nodes do not come back. */
export function removeLogs(lab: string, changes: readonly Change[]): void {
  for (const { action, found } of changes) {
    if (action !== 'remove' || found?.kind !== 'namespace') continue;
    try {
      removeTree(`${labPaths(lab).logs}/${found.node}`);
    } catch {
      // Nobody needs them, and `down` takes them along.
    }
  }
}

/**
 * Makes the folder of a node's logs, if it is not there. Its processes write into it, so that of a node with a user namespace is that
 * root's, and so is what stands in it from a time when the node had none, or another.
 */
export function makeLogFolder(lab: string, node: string, { uid, gid }: Owner): void {
  const { logs } = labPaths(lab);
  const folder = `${logs}/${node}`;
  mkdirSync(logs, { recursive: true, mode: 0o755 });
  // Nobody else's: a process has its log open, and root in the node could make a setuid program of it for another user of the machine.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (lstatSync(folder).uid === uid) return;
  for (const name of readdirSync(folder)) lchownSync(join(folder, name), uid, gid);
  // An ordinary user reads logs from outside, where he is nobody but himself.
  if (INSIDE) chmodSync(folder, 0o750);
  lchownSync(folder, uid, INSIDE ? 0 : gid);
}
