import { thawLab } from '../process/cgroup/freezer.ts';
import { killKeeper, terminateInOrder } from '../process/kill.ts';
import { Keeper } from '../process/keeper.ts';
import { NodeInit } from '../process/node-init.ts';
import { findWarden, wardenEnded } from '../process/warden.ts';
import { keeperOf, keeperSocket, nodeSocket } from '../state/keepers.ts';
import { lockLab } from '../state/lock.ts';
import { ROOTLESS } from '../state/places.ts';
import { netnsCleanup } from '../sys/netns-cleanup.ts';
import { findPrograms } from './observe.ts';
import { Parts } from './parts.ts';
import { requireState } from './privilege.ts';
import { giveBackRoots } from './images.ts';
import { removeFiles } from './remains.ts';
import { exists, readable } from './list.ts';
import { wayOutFiles } from './way-out.ts';

export interface DownOptions {
  readonly signal?: AbortSignal;
  readonly onWait?: (holder: string) => void;
  /** Return only when the kernel has freed everything (default); else as soon as nothing of the lab can be reached. */
  readonly wait?: boolean;
}

/**
 * Ends a lab's processes and removes everything of it, whatever state it is in: running, half made, its keeper killed, its state
 * folder lost. Returns false when there was nothing.
 */
export async function down(lab: string, options: DownOptions = {}): Promise<boolean> {
  requireState();
  if (!exists(lab)) return false;
  const lock = await lockLab(lab, options);
  try {
    const pid = keeperOf(lab);
    // Before the keeper ends: it may be the last process in the namespace that was the host when the lab came up, and who knows of it.
    using parts = Parts.open(lab, { keeper: pid, anyVersion: true });
    parts.save();
    const wayOut = ROOTLESS ? wayOutFiles(lab, pid) : undefined;
    const warden = wayOut === undefined ? undefined : findWarden(wayOut);
    if (pid !== undefined) {
      thawLab(lab);
      if (hasPrograms(lab, pid)) await terminateInOrder(pid, graceMs(lab, pid));
      else killKeeper(pid);
    }
    if (parts.any) {
      // The host's ends of links go with the namespaces that their far ends stand in; the rest is taken back one by one.
      if (pid !== undefined) await netnsCleanup();
      await parts.lock(options);
      await parts.takeBack();
      parts.unlock();
    }
    if (wayOut !== undefined) await wardenEnded(wayOut, warden);
    removeFiles(lab);
    await giveBackRoots(lab);
    if (options.wait !== false && pid !== undefined) await netnsCleanup();
    return true;
  } finally {
    lock.release();
  }
}

/** How long its slowest process may take to end, and a second for the lab itself. */
function graceMs(lab: string, keeper: number): number {
  const processes = Object.values(readable(lab, keeper)?.processes ?? {});
  return Math.max(2_000, ...processes.map(({ stop }) => stop.timeoutMs)) + 3_000;
}

/** Whether processes run that would want to end in order. A lab that cannot be asked is not asked. */
function hasPrograms(lab: string, pid: number): boolean {
  const keeper = Keeper.connect(keeperSocket(lab, pid));
  if (keeper === undefined) return false;
  try {
    const init = (node: string): NodeInit | undefined => NodeInit.connect(nodeSocket(pid, node));
    return findPrograms({ keeper, init }).some(({ program }) => program.state === 'running');
  } catch {
    return false;
  } finally {
    keeper.close();
  }
}
