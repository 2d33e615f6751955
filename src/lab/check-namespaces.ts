/** What no user or time namespace can be here is refused before anything is built, by its line. */
import { uptime } from 'node:os';

import { KernelError, type Problem, SystemError } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import type { Clocks } from '../model/namespace.ts';
import type { Path } from '../model/place.ts';
import type { Namespace, Process } from '../model/resource.ts';
import { type IdMaps, outsideOf } from '../model/user-namespace.ts';
import { INSIDE } from '../state/places.ts';
import { idsOfUser } from '../process/accounts.ts';
import { idMapsOf, isInLab, programMaps } from '../process/user-namespace.ts';

/** Throws KernelError for clocks before the start of the machine, for ids that a process's node does not have, and for users who have none. */
export function checkNamespaces(model: LabModel): void {
  const nodes = new Map<string, Namespace>();
  for (const each of model.resources) if (each.kind === 'namespace') nodes.set(each.node, each);
  const problems = model.resources.flatMap((each): Problem[] => {
    if (each.kind !== 'namespace' && each.kind !== 'process') return [];
    const node = nodes.get(each.node);
    const found = [
      ...clockRefusals(each.clocks),
      ...(each.kind === 'process' && node !== undefined ? idsRefusals(each, node) : []),
    ];
    return found.map(([key, message]) => {
      return { ...model.locate([...(each.at ?? []), ...key]), message, severity: 'error' };
    });
  });
  if (problems.length > 0) throw new KernelError(problems);
}

type Refusal = readonly [key: Path, message: string];

/** What the kernel takes for a time at most, in seconds: half of what it can count. */
const LATEST = 4_611_686_018;

/** A clock can be no earlier than the start of the machine: what it showed then is 0. `now`, in seconds, for tests. */
function clockRefusals(
  clocks: Clocks | undefined,
  now: Readonly<Record<keyof Clocks, number>> = { monotonic: process.hrtime()[0], boottime: uptime() },
): Refusal[] {
  if (clocks === undefined) return [];
  return (['monotonic', 'boottime'] as const).flatMap((name): Refusal[] => {
    const shown = now[name] + clocks[name] / 1000;
    const seconds = Math.floor(now[name]);
    if (shown < 0)
      return [
        [
          ['time', name],
          `found a clock before the start of the machine, which has run for ${seconds} s (-${seconds}s at most)`,
        ],
      ];
    return shown > LATEST ? [[['time', name], `found a clock beyond what the kernel can count (${LATEST} s)`]] : [];
  });
}

function idsRefusals(program: Process, node: Namespace): Refusal[] {
  try {
    idMapsOf(node);
  } catch {
    // Told of the node itself.
    return [];
  }
  try {
    return userRefusals(program, node, programMaps(program, node) ?? idMapsOf(node));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const { subject } = error;
    return [
      [
        [subject.startsWith('gid') ? 'gid_map' : 'uid_map'],
        `found ids (${subject}) that its node does not have, expected ids as ${node.node} has them`,
      ],
    ];
  }
}

/** In a user namespace there is only who has a number in it. */
function userRefusals({ user, isolation }: Process, node: Namespace, maps: IdMaps | undefined): Refusal[] {
  // Where there is nobody but root at all, that is what is told: other-ids.ts.
  if (user === undefined || maps === undefined || (INSIDE && !isInLab('uid', 1))) return [];
  const missing = idsOfUser(user, node.rootfs !== undefined).find(
    ({ kind, id }) => outsideOf(kind === 'uid' ? maps.uids : maps.gids, id) === undefined,
  );
  if (missing === undefined) return [];
  const whose = isolation?.includes('user') === true ? 'its own user namespace' : `the user namespace of ${node.node}`;
  return [[['user'], `found ${user}, whose ${missing.kind} ${missing.id} is nobody in ${whose}`]];
}
