/** How the programs of a node, and one of them, are confined. */
import { capabilitiesIn, capabilityMask, capabilityName } from '../../model/capability.ts';
import type { Capabilities, Confinement, ProcessConfinement } from '../../model/confinement.ts';
import { type Ulimit, ULIMITS } from '../../model/ulimit.ts';
import {
  type CapabilitiesDocument,
  type ConfinementDocument,
  items,
  own,
  type ProcessDocument,
  type UlimitDocument,
} from '../document.ts';

/** The word that stands for every capability. */
export const ALL = 'ALL';

/** The policy that a node's keys amount to; undefined when they say nothing. */
export function confinementOf(document: ConfinementDocument): Confinement | undefined {
  return whole(policyOf(document));
}

/** The same for a process. */
export function processConfinementOf(document: ProcessDocument): ProcessConfinement | undefined {
  const { umask, groups } = document;
  return whole({
    ...policyOf(document),
    ...(umask === undefined ? {} : { umask: umask.padStart(4, '0').slice(-3) }),
    ...(groups === undefined || groups.length === 0 ? {} : { groups: items(groups).map(([, word]) => String(word)) }),
  });
}

function whole<T extends object>(policy: T): T | undefined {
  return Object.keys(policy).length === 0 ? undefined : policy;
}

function policyOf({
  capabilities,
  no_new_privileges: noNewPrivileges,
  seccomp,
  ulimits,
}: ConfinementDocument): Confinement {
  const bounds = ULIMITS.flatMap((name) => {
    const limit = own(ulimits, name);
    return limit === undefined ? [] : [[name, ulimitOf(limit)] as const];
  });
  return {
    ...(capabilities === undefined ? {} : capabilitiesOf(capabilities)),
    ...(noNewPrivileges === true ? { noNewPrivileges } : {}),
    ...(seccomp === 'default' ? { seccomp } : {}),
    ...(bounds.length === 0 ? {} : { ulimits: Object.fromEntries(bounds) }),
  };
}

/** One of the two alone is both. */
export function ulimitOf(limit: UlimitDocument): Ulimit {
  if (typeof limit !== 'object') return { soft: limit, hard: limit };
  const { soft, hard } = limit;
  return { soft: soft ?? hard ?? 0, hard: hard ?? soft ?? 0 };
}

/** In one form: to drop all is to keep nothing, and to drop nothing is to say nothing. */
function capabilitiesOf({ drop, keep }: CapabilitiesDocument): { readonly capabilities?: Capabilities } {
  const dropped = items(drop).map(([, word]) => word);
  if (keep !== undefined) return { capabilities: { keep: canonical(items(keep).map(([, word]) => word)) } };
  if (dropped.some((word) => word.toUpperCase() === ALL)) return { capabilities: { keep: [] } };
  return dropped.length === 0 ? {} : { capabilities: { drop: canonical(dropped) } };
}

function canonical(words: readonly string[]): string[] {
  return capabilitiesIn(capabilityMask(words.flatMap((word) => capabilityName(word) ?? [])));
}
