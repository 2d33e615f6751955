import { join } from 'node:path';

import { NETNS_DIR, ROOTS_DIR, STATE_ROOT } from './places.ts';

export { NETNS_DIR, ROOTS_DIR, STATE_ROOT };

/** The files of one lab. */
export interface LabPaths {
  /** `/run/netlab/LAB`, or where else {@link STATE_ROOT} is */
  readonly dir: string;
  /** Held by whoever changes the lab. */
  readonly lock: string;
  /** What {@link LabRecord} describes. */
  readonly record: string;
  /** A link to the keeper's control socket. */
  readonly ctl: string;
  /** `NODE/PROCESS.log`, and `events.jsonl`. */
  readonly logs: string;
}

/** The files of the lab `name`. */
export function labPaths(name: string): LabPaths {
  const dir = join(STATE_ROOT, name);
  return {
    dir,
    lock: join(dir, 'lock'),
    record: join(dir, 'lab.json'),
    ctl: join(dir, 'ctl'),
    logs: join(dir, 'logs'),
  };
}

/** The name by which `ip netns` knows a node. */
export function netnsName(lab: string, node: string): string {
  return `${lab}.${node}`;
}

/** `/run/netns/LAB.NODE`, or where else {@link NETNS_DIR} is */
export function netnsPath(lab: string, node: string): string {
  return join(NETNS_DIR, netnsName(lab, node));
}

/** The file that a process prints into. */
export function logPath(lab: string, node: string, process: string): string {
  return join(labPaths(lab).logs, node, `${process}.log`);
}
