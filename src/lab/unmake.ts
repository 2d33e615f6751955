/** A lab that a run has made, or was about to make, and that shall not be: nothing of it stays. */
import type { Aftermath } from '../errors.ts';
import { killKeeper } from '../process/kill.ts';
import { netnsCleanup } from '../sys/netns-cleanup.ts';
import { keeperOf } from '../state/keepers.ts';
import type { Parts } from './parts.ts';
import { removeFiles } from './remains.ts';
import type { Session } from './session.ts';

/** Removes a new lab, as far as it has come. Does not throw. */
export async function unmake(lab: string, parts: Parts, session?: Session): Promise<Aftermath> {
  try {
    const pid = session?.keeper.pid ?? keeperOf(lab);
    // First, for what has failed may be that there were no more descriptors to be had.
    session?.[Symbol.dispose]();
    if (pid !== undefined) killKeeper(pid);
    if (pid !== undefined && parts.any) await netnsCleanup();
    await parts.lock();
    await parts.takeBack();
    removeFiles(lab);
    if (pid !== undefined) await netnsCleanup();
    return { undone: 'all', left: [], restarted: [] };
  } catch (error) {
    // Its state folder stays, for `down` to go by.
    const why = error instanceof Error ? error.message : String(error);
    return { undone: 'partly', left: [why], restarted: [] };
  }
}
