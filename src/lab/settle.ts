/** What an `up` finds out before it touches anything: that the lab can be, where its roots are, and what its nodes join. */
import type { LabModel } from '../model/lab.ts';
import { refuseImpossible } from './impossible.ts';
import { settleJoins } from './join.ts';
import { abandon } from './list.ts';
import { refuseBeyondUser } from './rootless.ts';
import { settleRoots } from './rootfs.ts';

/** The model with its roots, and what is joined, found. Throws for what this kernel, this machine or this user cannot have at all. */
export async function settle(said: LabModel): Promise<LabModel> {
  refuseImpossible(said);
  try {
    const model = await settleRoots(said);
    // The user that an image names may be beyond this one, too.
    if (model !== said) refuseBeyondUser(model);
    return settleJoins(model);
  } catch (error) {
    abandon(said.name);
    throw error;
  }
}
