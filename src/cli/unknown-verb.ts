import { UsageError } from '../errors.ts';
import { nearest } from '../topology/words.ts';
import { VERBS } from './catalogue.ts';

/** What to say to a word that is no verb of this version. */
export function unknownVerb(name: string): UsageError {
  // Whoever stops in the middle of a word means that one.
  const begun = [...VERBS.keys()].filter((verb) => name.length > 1 && verb.startsWith(name));
  const best = begun.length === 1 ? begun[0] : nearest(name, VERBS.keys());
  return new UsageError(`there is no verb '${name}'${best === undefined ? '' : `; did you mean '${best}'?`}`);
}
