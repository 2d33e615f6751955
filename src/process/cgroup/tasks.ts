/** Which processes are a node's, and how they come into a control group. */
import { readdirSync, readlinkSync } from 'node:fs';

import { SystemError } from '../../errors.ts';
import { parentOf } from '../pids.ts';
import { readGroup, writeGroup } from './group.ts';

/** A process, and the one that it descends from. */
export interface Task {
  readonly pid: number;
  readonly parent: number;
}

/** The processes of a node, by the pid of its PID 1: all in its pid namespace, and all that descend from it. The PID 1 itself is none of them. */
export function tasksOf(init: number): Task[] {
  const home = namespaceOf(init);
  const own = namespaceOf('self');
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(Number(name)));
  const descends = (pid: number): boolean => {
    for (let at = parents.get(pid); at !== undefined && at > 0; at = parents.get(at)) if (at === init) return true;
    return false;
  };
  // A node without a pid namespace shares one with its whole lab.
  const alone = home !== undefined && home !== own && namespaceOf(parents.get(init) ?? 0) !== home;
  return [...parents].flatMap(([pid, parent]) =>
    pid !== init && ((alone && namespaceOf(pid) === home) || descends(pid)) ? [{ pid, parent }] : [],
  );
}

/** The pid namespace of a process: `pid:[4026531836]`. */
export function namespaceOf(pid: number | string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** The processes in a group, not in those below it. */
export function pidsIn(folder: string): number[] {
  return (readGroup(`${folder}/cgroup.procs`) ?? '').split('\n').flatMap((line) => (line === '' ? [] : [Number(line)]));
}

/** Moves a process there with all of its threads. One that has just ended is fine. Like `echo PID > cgroup.procs`. */
export function moveInto(folder: string, pid: number): void {
  try {
    writeGroup(`${folder}/cgroup.procs`, String(pid));
  } catch (error) {
    // EINVAL: it is on its way out.
    if (!(error instanceof SystemError && ['ESRCH', 'EINVAL'].includes(error.errno))) throw error;
  }
}
