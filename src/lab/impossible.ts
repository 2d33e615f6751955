/** What a topology asks for and cannot have here, asked before anything is made. */
import type { LabModel } from '../model/lab.ts';
import { requireFreeNames } from '../state/netns-links.ts';
import { requireControllers } from './bounds.ts';
import { checkConfinement } from './check-confinement.ts';
import { checkNamespaces } from './check-namespaces.ts';
import { checkNftables } from './check-nftables.ts';
import { requireLinkTypes } from './kernel.ts';
import { requireLimits } from './limits.ts';
import { abandon } from './list.ts';
import { refuseBeyondUser } from './rootless.ts';

/** Throws for what this kernel, this machine or this user cannot have at all. */
export function refuseImpossible(model: LabModel): void {
  try {
    requireLinkTypes(model);
    checkNftables(model);
    checkConfinement(model);
    checkNamespaces(model);
    refuseBeyondUser(model);
    requireControllers(model);
    requireLimits(model);
    requireFreeNames(
      model.name,
      model.resources.flatMap(({ kind, node }) => (kind === 'namespace' ? [node] : [])),
    );
  } catch (error) {
    abandon(model.name);
    throw error;
  }
}
