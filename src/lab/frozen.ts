/** A node that stands still, for whoever would have to wait for it. */
import { LabError } from '../errors.ts';
import { freezer, isFrozen } from '../process/cgroup/freezer.ts';

/** Refuses what would have to wait for a node to be thawed. Throws LabError. */
export function refuseFrozen(lab: string, node: string): void {
  const hierarchy = freezer();
  if (hierarchy !== undefined && isFrozen(hierarchy, lab, node))
    throw new LabError(`the node ${node} of ${lab} is frozen; netlab thaw ${node} lets it go on`);
}
