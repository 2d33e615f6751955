/** The names of a lab as its nodes know them: what their /etc/hosts says. */
import { isIP } from 'node:net';

import { LabError } from '../../errors.ts';
import { keeperOf } from '../../state/keepers.ts';
import { near } from '../../topology/words.ts';
import { readTexts } from '../texts.ts';

/** By name (in lower case, for a resolver makes no difference), its addresses, in the order of the file. */
export function namesOf(lab: string): Map<string, string[]> {
  const keeper = keeperOf(lab);
  if (keeper === undefined) throw new LabError(`the lab ${lab} does not run`);
  const names = new Map<string, string[]>();
  for (const line of (readTexts(keeper).hosts ?? '').split('\n')) {
    const [address = '', ...words] = line.split(/\s+/);
    for (const word of words.map((each) => each.toLowerCase())) {
      names.set(word, [...(names.get(word) ?? []), address]);
    }
  }
  return names;
}

/** The addresses that a word means, of which there is at least one: an address (also with a zone) means itself. Throws LabError. */
export function addressesOf(lab: string, word: string): string[] {
  if (isIP(word) !== 0) return [word];
  const names = namesOf(lab);
  const found = names.get(word.toLowerCase());
  if (found !== undefined) return found;
  throw new LabError(`${lab} knows no address of ${JSON.stringify(word)}${near(word, [...names.keys()])}`);
}
