/** A policy as the words that netlab-init carries out in a child, before that becomes its program. */
import { type Confinement, keptCapabilities } from '../model/confinement.ts';
import type { ProtocolRecord } from './records.ts';

/** The record `confine WORD VALUE …`; none where nothing is confined. Like `capsh --drop=…`, `setpriv --no-new-privs`. */
export function confineRecords(confinement: Confinement | undefined): ProtocolRecord[] {
  const words = confinement === undefined ? [] : wordsOf(confinement);
  return words.length === 0 ? [] : [['confine', ...words.flat()]];
}

function wordsOf({ capabilities, noNewPrivileges }: Confinement): (readonly [word: string, value: string])[] {
  const words: (readonly [string, string])[] = [];
  if (capabilities !== undefined) {
    const mask = keptCapabilities(capabilities).toString(16);
    words.push(['capabilities', mask]);
    // What is kept is kept by everybody; a list of what is lost leaves an ordinary user as the kernel has him: without any.
    if ('keep' in capabilities) words.push(['ambient', mask]);
  }
  if (noNewPrivileges === true) words.push(['no-new-privileges', '']);
  return words;
}
