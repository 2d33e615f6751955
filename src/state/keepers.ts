/**
 * Where the keeper of a lab is. In its state folder a link leads to the keeper's socket; should that be lost, or lead to a process that
 * has got the number since, the keeper is found by the title of its process: docs/decisions/0014-lost-state.md.
 */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { stateDevice } from './identity.ts';
import { labPaths } from './paths.ts';
import { INSIDE, ROOTLESS } from './places.ts';
import { readText } from '../sys/read-text.ts';

/** The numbers at which a keeper has the folder of its logs open, and its own folder: LOGS and PRIVATE in native/init.h. */
const LOGS = 5;
const PRIVATE = 7;

/** The folder that a keeper alone holds: its socket, those of its nodes, and copies of what the state folder says. */
export function privateFolder(keeper: number): string {
  return `/proc/${keeper}/fd/${PRIVATE}`;
}

/** The keeper's control socket. Its name is the lab's, for the number of a keeper may be another lab's by now. */
export function keeperSocket(lab: string, keeper: number): string {
  return join(privateFolder(keeper), `${lab}.keeper`);
}

/** The control socket of a node's PID 1. */
export function nodeSocket(keeper: number, node: string): string {
  return join(privateFolder(keeper), `${node}.ctl`);
}

/** The pid of a lab's keeper; undefined when it does not run. */
export function keeperOf(lab: string): number | undefined {
  const linked = linkedKeeper(lab);
  return linked ?? keepers().get(lab);
}

/** The keeper to which the state folder leads, if that is what runs there: for whoever does not need to know of lost ones. */
export function linkedKeeper(lab: string): number | undefined {
  try {
    const [, pid = ''] = /^\/proc\/(\d+)\/fd\//.exec(readlinkSync(labPaths(lab).ctl)) ?? [];
    return pid !== '' && labOf(pid) === lab && isOurs(pid) && isHere(lab, pid) ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** The pids of all keepers whose labs have their state here, by lab. */
export function keepers(): Map<string, number> {
  return new Map(findKeepers().flatMap(({ lab, pid }) => (isHere(lab, String(pid)) ? [[lab, pid]] : [])));
}

/** Every keeper of this user's, by the title of its process. */
export function findKeepers(): { lab: string; pid: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const lab = labOf(pid);
      return lab === undefined || !isOurs(pid) ? [] : [{ lab, pid: Number(pid) }];
    });
}

/** The labs that run, whoever's they are and wherever they have their state, as far as their keepers can be seen from here. */
export function labsAnywhere(): Set<string> {
  return new Set(readdirSync('/proc').flatMap((pid) => (/^\d+$/.test(pid) ? (labOf(pid) ?? []) : [])));
}

/** Whose keeper a process is. */
function labOf(pid: string): string | undefined {
  return /^netlab-init keeper ([^\s\0]+)\0*$/.exec(readText(`/proc/${pid}/cmdline`) ?? '')?.[1];
}

/** Two users may have labs of one name, and root labs with and without a user namespace. Inside of that, only the one is ours. */
function isOurs(pid: string): boolean {
  try {
    const [own, theirs] = [readlinkSync('/proc/self/ns/user'), readlinkSync(`/proc/${pid}/ns/user`)];
    return statSync(`/proc/${pid}`).uid === process.geteuid?.() && (own !== theirs) === (ROOTLESS && !INSIDE);
  } catch {
    return false;
  }
}

/** Whether its lab's state is in this folder: a container has a /run of its own. A folder that was removed still has its path. */
function isHere(lab: string, pid: string): boolean {
  try {
    const logs = `/proc/${pid}/fd/${LOGS}`;
    return (
      readlinkSync(logs).replace(/ \(deleted\)$/, '') === labPaths(lab).logs && statSync(logs).dev === stateDevice()
    );
  } catch {
    return false;
  }
}
