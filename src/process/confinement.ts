/** A policy as the words that netlab-init carries out in a child, before that becomes its program. */
import { capabilityMask } from '../model/capability.ts';
import { type Confinement, keptCapabilities, type ProcessConfinement } from '../model/confinement.ts';
import { type Bound, type UlimitName, ULIMITS } from '../model/ulimit.ts';
import type { ProtocolRecord } from './records.ts';
import { encodeFilter, filterOf } from './seccomp/program.ts';

type Word = readonly [word: string, value: string];

/**
 * The record `confine WORD VALUE …`; none where nothing is confined. `node`: what holds for the node of a process already.
 * Like `capsh --drop=…`, `setpriv --no-new-privs`.
 */
export function confineRecords(confinement: ProcessConfinement | undefined, node: Confinement = {}): ProtocolRecord[] {
  const words = confinement === undefined ? [] : wordsOf(confinement, node);
  return words.length === 0 ? [] : [['confine', ...words.flat()]];
}

function wordsOf(own: ProcessConfinement, node: Confinement): Word[] {
  const { capabilities, noNewPrivileges, umask, groups } = own;
  const words = ulimitWords(own.ulimits);
  if (umask !== undefined) words.push(['umask', umask]);
  if (groups !== undefined) words.push(...groups.map((group): Word => ['group', group]));
  if (capabilities !== undefined) {
    const mask = keptCapabilities(capabilities).toString(16);
    words.push(['capabilities', mask]);
    // What is kept is kept by everybody; a list of what is lost leaves an ordinary user as the kernel has him: without any.
    if ('keep' in capabilities) words.push(['ambient', mask]);
  }
  if (noNewPrivileges === true) words.push(['no-new-privileges', '']);
  // A node's filter knows of the node's capabilities. Who has less gets a second one.
  const filtered = own.seccomp === 'default' || (node.seccomp === 'default' && capabilities !== undefined);
  if (filtered) words.push(...filterWords(keptCapabilities(capabilities) & keptCapabilities(node.capabilities)));
  return words;
}

/** RLIM_INFINITY. */
const UNLIMITED = '18446744073709551615';

function ulimitWords(ulimits: Confinement['ulimits']): Word[] {
  const text = (bound: Bound): string => (bound === 'unlimited' ? UNLIMITED : String(bound));
  return Object.entries(ulimits ?? {}).map(([name, { soft, hard }]) => [
    `rlimit-${name}`,
    `${ULIMITS.indexOf(name as UlimitName)} ${text(soft)} ${text(hard)}`,
  ]);
}

/** What fits into a line of an answer. */
const PIECE = 1_600;
const filters = new Map<bigint, readonly Word[]>();

function filterWords(kept: bigint): readonly Word[] {
  let words = filters.get(kept);
  if (words === undefined) {
    const hex = encodeFilter(filterOf((capability) => (kept & capabilityMask([capability])) !== 0n));
    words = (hex.match(RegExp(`.{1,${PIECE}}`, 'g')) ?? []).map((piece): Word => ['seccomp', piece]);
    filters.set(kept, words);
  }
  return words;
}
