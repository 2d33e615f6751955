import type { Capabilities, Confinement, ProcessConfinement } from '../model/confinement.ts';
import type { Difference } from '../model/report.ts';
import { compareExactly } from './kind.ts';

/** The keys of the file that say how programs are confined, as the fields of a difference. */
const FIELDS: ReadonlySet<string> = new Set(['capabilities', 'no_new_privileges', 'seccomp', 'ulimits', 'confinement']);

/** How two policies differ, in the words of the file. */
export function compareConfinement(wanted: ProcessConfinement = {}, found: ProcessConfinement = {}): Difference[] {
  return [
    ...compareExactly('capabilities', capabilityWords(wanted.capabilities), capabilityWords(found.capabilities)),
    ...compareExactly('seccomp', wanted.seccomp, found.seccomp),
    ...compareExactly('ulimits', ulimitWords(wanted.ulimits), ulimitWords(found.ulimits)),
    ...compareExactly('umask', wanted.umask, found.umask),
    ...compareExactly('groups', wanted.groups?.join(' '), found.groups?.join(' ')),
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

/** `core 0, nofile 1024:4096`. */
function ulimitWords(ulimits: Confinement['ulimits']): string | undefined {
  const words = Object.entries(ulimits ?? {}).map(([name, { soft, hard }]) =>
    soft === hard ? `${name} ${soft}` : `${name} ${soft}:${hard}`,
  );
  return words.length === 0 ? undefined : words.toSorted().join(', ');
}
