/** What is left of labs whose keeper is gone: killed with its guard, or the machine lost its power. */
import { existsSync, readdirSync, statSync } from 'node:fs';

import { HOST } from '../model/host.ts';
import type { Leftover } from '../model/report.ts';
import { labGroup, labsWithGroups, treesOf } from '../process/cgroup/places.ts';
import { parentOf } from '../process/pids.ts';
import { removeStrays, strayGroups } from '../process/cgroup/removal.ts';
import { keeperOf } from '../state/keepers.ts';
import { deadOwner } from '../state/owner.ts';
import { labsWithNetns } from '../state/netns-links.ts';
import { labPaths, NETNS_DIR } from '../state/paths.ts';
import { tryLock } from '../sys/lock.ts';
import { readText } from '../sys/read-text.ts';
import { down } from './down.ts';
import { giveBackRoots, rootStore } from './images.ts';
import { labsWithState } from './list.ts';
import { Parts } from './parts.ts';
import { removeFiles } from './remains.ts';

/** Dead labs, and with `fix` their end. One that somebody is at work on, or that runs, is none. */
export async function leftovers({ fix = false } = {}): Promise<Leftover[]> {
  const guards = guardsByLab();
  const labs = new Set([...labsWithState(), ...labsWithNetns(), ...labsWithGroups(), ...guards.keys()]);
  const found: Leftover[] = [];
  const unused = unusedRoots();
  const strays = strayGroups();
  for (const lab of [...labs].toSorted()) found.push(...(await examine(lab, guards.get(lab) ?? [], fix)));
  if (fix && unused.length > 0) await rootStore().sweep();
  if (fix) removeStrays(strays);
  const ofNobody = [unused, strays].filter((what) => what.length > 0);
  return [...found, ...ofNobody.map((what) => ({ lab: null, what, removed: fix }))];
}

/** Roots that no lab uses: what was being unpacked when its netlab was killed, or when the machine lost its power. */
function unusedRoots(): string[] {
  const store = rootStore();
  return store.leftovers().map((id) => store.path(id));
}

/** A lab whose program was killed, and could not take it down. */
async function abandoned(lab: string, keeper: number, fix: boolean): Promise<Leftover[]> {
  const owner = deadOwner(lab, keeper);
  if (owner === undefined) return [];
  if (fix) await down(lab);
  return [{ lab, running: true, what: [`the lab of a program (pid ${owner.pid}) that has ended`], removed: fix }];
}

async function examine(lab: string, guards: readonly number[], fix: boolean): Promise<Leftover[]> {
  const keeper = keeperOf(lab);
  if (keeper !== undefined) return abandoned(lab, keeper, fix);
  const { dir, lock: path } = labPaths(lab);
  // Whoever is making or removing the lab holds its lock; where there is no folder there is no lock either, and nobody at work.
  const lock = existsSync(dir) ? tryLock(path) : undefined;
  if (existsSync(dir) && lock === undefined) return [];
  try {
    // It may have come up while we looked.
    if (keeperOf(lab) !== undefined) return [];
    using parts = Parts.open(lab, { anyVersion: true });
    const what = [
      ...(existsSync(dir) ? [dir] : []),
      ...(labsWithNetns().has(lab) ? [`${NETNS_DIR}/${lab}.*`] : []),
      ...treesOf(lab).map((hierarchy) => labGroup(hierarchy, lab)),
      ...parts.all().map(({ node }) => (node === HOST ? 'its part of the host' : `its part of what ${node} joined`)),
      ...guards.map((pid) => `its guard (pid ${pid})`),
    ];
    if (what.length === 0) return [];
    if (fix) {
      for (const pid of guards) end(pid);
      // By its record, which goes with the folder: first this, then that.
      await parts.lock();
      await parts.takeBack();
      parts.unlock();
      removeFiles(lab);
      await giveBackRoots(lab);
    }
    return [{ lab, what, removed: fix }];
  } finally {
    lock?.release();
  }
}

/**
 * Guards whose keeper is gone, by their title: `netlab-init guard NAME`. One with a keeper belongs to a lab that runs, be it another user's
 * or that of a container; and one that has just begun has none yet.
 */
function guardsByLab(): Map<string, number[]> {
  const guards: [lab: string, pid: number][] = [];
  const parents = new Set<number>();
  for (const pid of readdirSync('/proc')) {
    const [program = '', role, lab] = /^\d+$/.test(pid) ? commandLine(pid) : [];
    if (!program.endsWith('netlab-init')) continue;
    if (role === 'guard' && lab !== undefined && isMine(pid) && !isYoung(pid)) guards.push([lab, Number(pid)]);
    else parents.add(parentOf(Number(pid)));
  }
  const found = new Map<string, number[]>();
  for (const [lab, pid] of guards) if (!parents.has(pid)) found.set(lab, [...(found.get(lab) ?? []), pid]);
  return found;
}

/** Whether this user may end it. */
function isMine(pid: string): boolean {
  const uid = process.geteuid?.() ?? 0;
  return uid === 0 || statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid;
}

/** So long a guard may take to start its keeper. */
const BEGINNING_MS = 5_000;

function isYoung(pid: string): boolean {
  const { ctimeMs = Infinity } = statSync(`/proc/${pid}`, { throwIfNoEntry: false }) ?? {};
  return Date.now() - ctimeMs < BEGINNING_MS;
}

function commandLine(pid: string): string[] {
  return (readText(`/proc/${pid}/cmdline`) ?? '').split(/[\0 ]/);
}

/** A guard holds nothing, and its work is done here. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone by itself.
  }
}
