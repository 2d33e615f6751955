/** A process that could not be forked because its node, or it, may have no more of them. */
import { KeeperError, LabError } from '../errors.ts';
import type { Process } from '../model/resource.ts';
import { readGroup } from '../process/cgroup/group.ts';
import { hierarchyOf } from '../process/cgroup/hierarchies.ts';
import { nodeGroup, partGroup } from '../process/cgroup/places.ts';

/** A refused fork in words where the lab's own bound was met, and not one of the machine's; any other failure as it is. */
export function explainCrowd(error: unknown, lab: string, { node, name }: Pick<Process, 'node' | 'name'>): unknown {
  const pids = hierarchyOf('pids');
  if (!(error instanceof KeeperError) || error.errno !== 'EAGAIN' || pids === undefined) return error;
  const groups = [
    { whose: `${node}/${name}`, folder: partGroup(pids, lab, node, name) },
    { whose: node, folder: nodeGroup(pids, lab, node) },
  ];
  for (const { whose, folder } of groups) {
    const most = Number(readGroup(`${folder}/pids.max`) ?? Infinity);
    // A process has its group once it has been asked for.
    if (Number.isNaN(most) || Number(readGroup(`${folder}/pids.current`) ?? 0) < most) continue;
    const first = whose === node ? ', of which its own PID 1 is one' : '';
    return new LabError(`${error.message}, for ${whose} may have ${most} processes and threads (limits.pids)${first}`, {
      cause: error,
    });
  }
  return error;
}
