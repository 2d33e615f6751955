/** What an `up` finds out before it touches anything: that the lab can be, and where its roots are. */
import type { LabModel } from '../model/lab.ts';
import { refuseImpossible } from './impossible.ts';
import { abandon } from './list.ts';
import { refuseBeyondUser } from './rootless.ts';
import { settleRoots } from './rootfs.ts';

/** The model with its roots found. Throws for what this kernel, this machine or this user cannot have at all. */
export async function settle(said: LabModel): Promise<LabModel> {
  refuseImpossible(said);
  try {
    const model = await settleRoots(said);
    // The user that an image names may be beyond this one, too.
    if (model !== said) refuseBeyondUser(model);
    return model;
  } catch (error) {
    abandon(said.name);
    throw error;
  }
}
