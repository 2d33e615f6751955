/** `freeze` and `thaw`: nodes that stand still, by hand, until they are thawed or wanted by the next `up`. */
import { LabError } from '../errors.ts';
import { joinWords } from '../model/namespace.ts';
import type { NodeChange } from '../model/report.ts';
import { freezer, freezeNode, isFrozen, thawNode } from '../process/cgroup/freezer.ts';
import { isWritable } from '../process/cgroup/hierarchies.ts';
import { tasksOf } from '../process/cgroup/tasks.ts';
import { lockLab } from '../state/lock.ts';
import { ROOTLESS } from '../state/places.ts';
import { guestsOf } from './groups.ts';
import { findNode } from './node.ts';
import { requireNamespaces } from './privilege.ts';
import { Session } from './session.ts';
import { requireRunning } from './unknown.ts';

export interface FreezeOptions {
  readonly onWait?: (holder: string) => void;
}

/**
 * Freezes nodes, or thaws them, and returns what became of each. Their PID 1s go on, and answer.
 * @throws LabError when there is no such lab or node, or no freezer on this machine.
 */
export async function freezeNodes(
  lab: string,
  verb: 'freeze' | 'thaw',
  nodes: readonly string[],
  options: FreezeOptions = {},
): Promise<NodeChange[]> {
  requireNamespaces(`to ${verb} a node`);
  const hierarchy = freezer();
  if (hierarchy === undefined || !isWritable(hierarchy.root)) {
    throw new LabError(
      ROOTLESS
        ? 'to freeze a node takes a control group that is yours: start netlab in one that systemd has given you (systemd-run --user --scope -p Delegate=yes netlab …), or run it as root'
        : 'to freeze a node takes control groups, of which none are mounted here that can be written to: mount -t cgroup2 none /sys/fs/cgroup',
    );
  }
  requireRunning(lab);
  const lock = await lockLab(lab, options);
  try {
    using session = Session.open(lab);
    if (session === undefined) throw new LabError(`the lab ${lab} does not run`);
    for (const node of nodes) {
      const { join } = findNode(lab, node);
      if (join === undefined) continue;
      throw new LabError(`${node} has joined ${joinWords(join)}: what runs there is not netlab's to ${verb}`);
    }
    return nodes.map((node): NodeChange => {
      const was = isFrozen(hierarchy, lab, node);
      if (verb === 'thaw') {
        thawNode(lab, node);
        return { node, did: was ? 'thawed' : 'none' };
      }
      const init = session.init(node);
      init?.close();
      freezeNode(hierarchy, lab, node, () => (init === undefined ? guestsOf(session, node) : tasksOf(init.pid)));
      return { node, did: was ? 'none' : 'frozen' };
    });
  } finally {
    lock.release();
  }
}
