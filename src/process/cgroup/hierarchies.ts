/** The trees of control groups that this machine has mounted, of version 1, 2 or both, and the controllers in each. */
import { accessSync, constants } from 'node:fs';

import type { LimitKey } from '../../model/limits.ts';
import { ROOTLESS } from '../../state/places.ts';
import { readText } from '../../sys/read-text.ts';

/** What bounds something, or stops it. */
export type Controller = 'memory' | 'pids' | 'cpu' | 'cpuset' | 'io' | 'freezer';

const CONTROLLERS: readonly Controller[] = ['memory', 'pids', 'cpu', 'cpuset', 'io', 'freezer'];

/** The controller of each kind of bound. */
export const CONTROLLER_OF: Readonly<Record<LimitKey, Controller>> = {
  memory: 'memory',
  memoryHigh: 'memory',
  swap: 'memory',
  pids: 'pids',
  cpu: 'cpu',
  cpuWeight: 'cpu',
  cpus: 'cpuset',
  mems: 'cpuset',
  io: 'io',
};

/** One tree. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** The group below which labs have theirs: the root of the tree, or what an ordinary user was given of it. */
  readonly root: string;
  readonly controllers: ReadonlySet<Controller>;
}

let known: readonly Hierarchy[] | undefined;

/** All of them, as /proc/self/mountinfo tells. They do not change under a running command. */
export function hierarchies(): readonly Hierarchy[] {
  return (known ??= readHierarchies());
}

/** That of a controller; undefined when it is nowhere. Both versions can freeze, and what version 2 has frozen can still be killed. */
export function hierarchyOf(controller: Controller): Hierarchy | undefined {
  const all = hierarchies().filter(({ controllers }) => controllers.has(controller));
  return all.find(({ version }) => version === 2) ?? all[0];
}

function readHierarchies(): Hierarchy[] {
  const found: Hierarchy[] = [];
  const seen = new Set<string>();
  for (const { point, root, type, options } of cgroupMounts()) {
    const words = options.split(',');
    const version = type === 'cgroup2' ? 2 : 1;
    const name = version === 2 ? '' : words.filter((word) => word !== 'rw' && word !== 'ro').join();
    // The same tree may be mounted in several places.
    if (seen.has(name)) continue;
    seen.add(name);
    const own = ROOTLESS ? delegated(point, root, version === 2 ? '' : name) : point;
    const has = version === 2 ? (readText(`${own ?? point}/cgroup.controllers`) ?? '').split(/\s+/) : words;
    const controllers = new Set(
      CONTROLLERS.filter((each) => has.includes(version === 1 && each === 'io' ? 'blkio' : each)),
    );
    if (version === 2) controllers.add('freezer');
    if (own !== undefined && controllers.size > 0) found.push({ version, root: own, controllers });
  }
  return found;
}

interface CgroupMount {
  readonly point: string;
  /** What of the tree is mounted there. */
  readonly root: string;
  readonly type: string;
  readonly options: string;
}

/** proc_pid_mountinfo(5); no path of a cgroup mount has blanks in it. */
function cgroupMounts(): CgroupMount[] {
  return (readText('/proc/self/mountinfo') ?? '').split('\n').flatMap((line) => {
    const [head = '', tail = ''] = line.split(' - ', 2);
    const [type = '', , options = ''] = tail.split(' ');
    const [, , , root = '', point = ''] = head.split(' ');
    return type === 'cgroup' || type === 'cgroup2' ? [{ point, root, type, options }] : [];
  });
}

/**
 * What of a tree is an ordinary user's: the topmost group above this process that he may write to. systemd gives each user one of
 * version 2, `user@UID.service`, and only who was started in there may move into its groups.
 */
function delegated(point: string, root: string, name: string): string | undefined {
  const line = (readText('/proc/self/cgroup') ?? '').split('\n').find((each) => each.split(':')[1] === name);
  const path = line?.split(':').slice(2).join(':') ?? '/';
  const below = root === '/' ? path : path.startsWith(`${root}/`) ? path.slice(root.length) : '/';
  const steps = below.split('/').filter((step) => step !== '');
  for (let depth = 0; depth <= steps.length; depth++) {
    const group = [point, ...steps.slice(0, depth)].join('/');
    if (isWritable(group) && isWritable(`${group}/cgroup.procs`)) return group;
  }
  return undefined;
}

/** Whether this process may write there, which a file system mounted read-only forbids to all. */
export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
