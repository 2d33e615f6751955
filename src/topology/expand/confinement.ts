/** How the programs of a node, and one of them, are confined. */
import { capabilitiesIn, capabilityMask, capabilityName } from '../../model/capability.ts';
import type { Capabilities, Confinement } from '../../model/confinement.ts';
import { type CapabilitiesDocument, type ConfinementDocument, items } from '../document.ts';

/** The word that stands for every capability. */
export const ALL = 'ALL';

/** The policy that a node's or a process's keys amount to; undefined when they say nothing. */
export function confinementOf(document: ConfinementDocument): Confinement | undefined {
  const { capabilities, no_new_privileges: noNewPrivileges, seccomp } = document;
  const confinement: Confinement = {
    ...(capabilities === undefined ? {} : capabilitiesOf(capabilities)),
    ...(noNewPrivileges === true ? { noNewPrivileges } : {}),
    ...(seccomp === 'default' ? { seccomp } : {}),
  };
  return Object.keys(confinement).length === 0 ? undefined : confinement;
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
