/** What the processes of a lab may use, asked of the kernel and of the machine: the control groups of its nodes. */
import { KernelError, type Problem } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import { LIMIT_WORDS, type LimitKey, type Limits, numbersOf } from '../model/limits.ts';
import type { Path } from '../model/place.ts';
import type { Namespace, Process } from '../model/resource.ts';
import { freezer, isFrozen } from '../process/cgroup/freezer.ts';
import { readGroup } from '../process/cgroup/group.ts';
import { CONTROLLER_OF, type Hierarchy, hierarchyOf, isWritable } from '../process/cgroup/hierarchies.ts';
import { numberOf } from '../process/cgroup/io.ts';
import { foundLimits } from '../process/cgroup/node-groups.ts';
import { treesOf } from '../process/cgroup/places.ts';
import { ROOTLESS } from '../state/places.ts';

/**
 * Refuses bounds that this machine cannot keep, before anything is made.
 * @throws KernelError that names each line
 */
export function requireControllers({ resources, locate }: Pick<LabModel, 'resources' | 'locate'>): void {
  const problems: Problem[] = [];
  for (const each of resources) {
    if ((each.kind !== 'namespace' && each.kind !== 'process') || each.limits === undefined) continue;
    for (const key of Object.keys(each.limits) as LimitKey[]) {
      const message = hindrance(key, each.limits);
      if (message === undefined) continue;
      const at: Path = [...(each.at ?? []), 'limits', ...LIMIT_WORDS[key].split('.')];
      problems.push({ ...locate(at), message, severity: 'error' });
    }
  }
  if (problems.length > 0) throw new KernelError(problems);
}

function hindrance(key: LimitKey, limits: Limits): string | undefined {
  const word = LIMIT_WORDS[key];
  const controller = CONTROLLER_OF[key];
  const hierarchy = hierarchyOf(controller);
  if (hierarchy === undefined && ROOTLESS)
    return `found ${word}, but no control group with the controller ${controller} is yours to use: start netlab in one that systemd has given you (systemd-run --user --scope -p Delegate=yes netlab …), or run it as root`;
  if (hierarchy === undefined)
    return `found ${word}, but the controller ${controller} of control groups is mounted nowhere: mount -t cgroup2 none /sys/fs/cgroup`;
  if (hierarchy.version === 1 && key === 'memoryHigh')
    return `found ${word}, which version 2 of control groups alone has: on this machine ${controller} is on version 1 (${hierarchy.root})`;
  return closed(hierarchy, controller, word) ?? lacking(hierarchy, key, limits);
}

/** A tree in which nobody can make groups: that of a container. */
function closed({ version, root }: Hierarchy, controller: string, word: string): string | undefined {
  if (!isWritable(root)) return `found ${word}, but ${root} is mounted read-only here, as in a container`;
  if (version === 1) return undefined;
  const on = (readGroup(`${root}/cgroup.subtree_control`) ?? '').split(' ').includes(controller);
  // The root of all may have processes besides groups, no other one may: and that one has no cgroup.events.
  const full = readGroup(`${root}/cgroup.events`) !== undefined && (readGroup(`${root}/cgroup.procs`) ?? '') !== '';
  if (on || !full) return undefined;
  return `found ${word}, but processes are in ${root} itself, so that the kernel gives ${controller} to no group below it: move them into one (as in a container), or delegate another group`;
}

/** CPUs, memory nodes and devices that this machine does not have. */
function lacking({ root, version }: Hierarchy, key: LimitKey, limits: Limits): string | undefined {
  if (key === 'cpus' || key === 'mems') {
    const file = version === 1 ? `cpuset.effective_${key}` : `cpuset.${key}.effective`;
    const there = readGroup(`${root}/${file}`);
    if (there === undefined || there === '') return undefined;
    const numbers = new Set(numbersOf(there));
    const missing = numbersOf(limits[key] ?? '').filter((each) => !numbers.has(each));
    return missing.length === 0 ? undefined : `found ${limits[key]}, but this machine has ${there}`;
  }
  if (key !== 'io') return undefined;
  for (const { device } of limits.io ?? []) {
    try {
      numberOf(device);
    } catch {
      return `found ${device}, but this machine has no block device of that name`;
    }
  }
  return undefined;
}

/** A lab's nodes and processes with the bounds that stand in the kernel; one that has no control group yet has those that it was given. */
export class Bounds {
  readonly #lab: string;
  readonly #trees: readonly Hierarchy[];
  /** That in which nodes are frozen, if one of the lab's has been. */
  readonly #freezer: Hierarchy | undefined;

  constructor(lab: string) {
    this.#lab = lab;
    this.#trees = treesOf(lab);
    const tree = freezer();
    this.#freezer = tree !== undefined && this.#trees.includes(tree) ? tree : undefined;
  }

  ofNode(member: Namespace): Namespace {
    const bounded = this.#with(member, this.#found(member));
    const frozen = this.#freezer !== undefined && isFrozen(this.#freezer, this.#lab, member.node);
    return frozen ? { ...bounded, frozen } : bounded;
  }

  ofProcess(process: Process): Process {
    return this.#with(process, this.#found(process, process.name));
  }

  #found({ node, limits = {} }: Namespace | Process, part?: string): Limits | undefined {
    return this.#trees.length === 0 ? undefined : foundLimits(this.#trees, this.#lab, node, limits, part);
  }

  #with<R extends Namespace | Process>(resource: R, found: Limits | undefined): R {
    if (found === undefined) return resource;
    const { limits: _, ...rest } = resource;
    return (Object.keys(found).length === 0 ? rest : { ...rest, limits: found }) as R;
  }
}
