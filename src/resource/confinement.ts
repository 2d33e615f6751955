import type { Capabilities, Confinement } from '../model/confinement.ts';
import type { Difference } from '../model/report.ts';
import { compareExactly } from './kind.ts';

/** The keys of the file that say how programs are confined, as the fields of a difference. */
const FIELDS: ReadonlySet<string> = new Set(['capabilities', 'no_new_privileges', 'seccomp', 'confinement']);

/** How two policies differ, in the words of the file. */
export function compareConfinement(wanted: Confinement = {}, found: Confinement = {}): Difference[] {
  return [
    ...compareExactly('capabilities', capabilityWords(wanted.capabilities), capabilityWords(found.capabilities)),
    ...compareExactly('seccomp', wanted.seccomp, found.seccomp),
    ...compareExactly('no_new_privileges', wanted.noNewPrivileges, found.noNewPrivileges),
  ];
}

/** Whether a difference is one of {@link compareConfinement}'s. */
export function isConfinement({ field }: Difference): boolean {
  return FIELDS.has(field);
}

/** `drop CAP_SYS_ADMIN`, `keep nothing`. */
function capabilityWords(capabilities: Capabilities | undefined): string | undefined {
  if (capabilities === undefined) return undefined;
  const [word, names] = 'keep' in capabilities ? ['keep', capabilities.keep] : ['drop', capabilities.drop];
  return `${word} ${names.length === 0 ? 'nothing' : names.join(' ')}`;
}
