/** What this machine cannot confine is refused before anything is built, by its line. */
import { KernelError, type Problem } from '../errors.ts';
import type { ProcessConfinement } from '../model/confinement.ts';
import type { LabModel } from '../model/lab.ts';
import type { Path } from '../model/place.ts';
import { capabilityMask } from '../model/capability.ts';
import { boundValue, type UlimitName, ULIMITS } from '../model/ulimit.ts';
import { hasFilter } from '../process/seccomp/program.ts';
import { isInLab } from '../process/user-namespace.ts';
import { INSIDE } from '../state/places.ts';
import { readText } from '../sys/read-text.ts';
import { noOthers } from './other-ids.ts';
import { hardLimit, sysctlNumber } from './room.ts';

/** Throws KernelError for each wish of a node or process that this machine cannot fulfil. */
export function checkConfinement(model: LabModel): void {
  const problems = model.resources.flatMap((each): Problem[] => {
    if ((each.kind !== 'namespace' && each.kind !== 'process') || each.confinement === undefined) return [];
    return wishes(each.confinement).map(([key, message]) => {
      const at: Path = [...(each.at ?? []), ...key];
      return { ...model.locate(at), message, severity: 'error' };
    });
  });
  if (problems.length > 0) throw new KernelError(problems);
}

/** What cannot be, each with the key that asks for it. */
function wishes({ seccomp, ulimits, groups }: ProcessConfinement): (readonly [key: Path, message: string])[] {
  const refused: (readonly [Path, string])[] = [];
  if (seccomp === 'default' && !hasFilter(process.arch))
    refused.push([['seccomp'], `found default, and there is no filter for ${process.arch}: only for x64 and arm64`]);
  if (groups !== undefined && INSIDE && !isInLab('gid', 1))
    refused.push([['groups'], `in this lab there are no other groups: ${noOthers()}`]);
  for (const [name, { hard }] of Object.entries(ulimits ?? {})) {
    const most = highest(name as UlimitName);
    if (boundValue(hard) > most.bound) refused.push([['ulimits', name], `found ${hard}, but ${most.reason}`]);
  }
  return refused;
}

/** As /proc/PID/limits calls them, in the order of ULIMITS. */
const TITLES =
  `cpu time, file size, data size, stack size, core file size, resident set, processes, open files, locked memory,
  address space, file locks, pending signals, msgqueue size, nice priority, realtime priority, realtime timeout`
    .split(',')
    .map((title) => `Max ${title.trim()}`);

/** How far a limit can be set, and what forbids more. */
function highest(name: UlimitName): { readonly bound: number; readonly reason: string } {
  const most = name === 'nofile' ? (sysctlNumber('fs.nr_open') ?? Infinity) : Infinity;
  const ours = hardLimit(TITLES[ULIMITS.indexOf(name)]!) ?? Infinity;
  if (mayRaise() || ours >= most)
    return { bound: most, reason: `the kernel gives nobody more than ${most} (fs.nr_open)` };
  return {
    bound: ours,
    reason: `the hard limit of netlab itself is ${ours}, and to raise one takes CAP_SYS_RESOURCE, which it has not: raise it for netlab (ulimit -H, LimitNOFILE= and its like), or run netlab where it may`,
  };
}

const CAP_SYS_RESOURCE = capabilityMask(['CAP_SYS_RESOURCE']);

/** The kernel asks for the capability in the first user namespace, whoever is root in another. */
function mayRaise(): boolean {
  const effective = BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(readText('/proc/self/status') ?? '')?.[1] ?? '0'}`);
  const isFirst = /^\s*0\s+0\s+4294967295\s*$/.test(readText('/proc/self/uid_map') ?? '');
  return isFirst && (effective & CAP_SYS_RESOURCE) !== 0n;
}
