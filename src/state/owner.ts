/**
 * Whose a lab is: the program that has brought it up by the library, and with which it ends. Written down, so that a lab whose program
 * was killed is known as one that nobody will take down any more.
 */
import { readlinkSync } from 'node:fs';

import { processStat } from '../sys/process-stat.ts';
import { readCopies, removeCopies, type StateFile, writeCopies } from './copies.ts';
import { fields, number, string } from './shape.ts';

/** A program, as nobody after it can be. */
export interface Owner {
  readonly pid: number;
  /** When it was started, in clock ticks since the boot: numbers of processes come again. */
  readonly started: string;
  /** The pid namespace in which it has that number. */
  readonly namespace: string;
}

const FILE: StateFile = {
  name: 'owner.json',
  version: 1,
  shape: fields({ lab: string, pid: number, started: string, namespace: string }),
};

/** Writes down that a new lab is this program's, or (`detached`) nobody's. */
export function writeOwner(lab: string, keeper: number, detached: boolean): void {
  if (detached) removeCopies(lab, keeper, FILE);
  else {
    const { pid } = process;
    writeCopies(lab, keeper, FILE, { lab, pid, started: startOf(pid) ?? '', namespace: pidNamespace() });
  }
}

/** The program whose lab this was, when that has ended; undefined for a lab that is somebody's, or nobody's. */
export function deadOwner(lab: string, keeper: number | undefined): Owner | undefined {
  const owner = readCopies(lab, keeper, FILE, { anyVersion: true }) as Owner | undefined;
  // A number of another namespace says nothing here.
  if (owner === undefined || owner.namespace !== pidNamespace()) return undefined;
  return startOf(owner.pid) === owner.started ? undefined : owner;
}

function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid');
}

/** When a process was started; undefined when it has ended. */
function startOf(pid: number): string | undefined {
  const stat = processStat(pid);
  return stat?.state === 'Z' || stat?.state === 'X' ? undefined : stat?.started;
}
