/** Words for messages: how a found value is shown, and which valid word a misspelt one was meant to be. */
import { cut, printable } from '../model/text.ts';

/** A found value as a message shows it: scalars as in JSON, collections by what they are. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? '.nan' : '.inf';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** A word in double quotes, cut when it is long; what cannot be seen is escaped. */
export function quoted(text: string): string {
  return printable(JSON.stringify(cut(text)));
}

/** `a`, `a or b`, `a, b or c`. */
export function oneOf(words: readonly string[], join = 'or'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${join} ${last}`;
}

/** `a vlan`, `an ipvlan`. */
export function article(word: string): string {
  return `${/^[aeio]/.test(word) ? 'an' : 'a'} ${word}`;
}

/** `; did you mean "mtu"?` when one of the valid words is near enough, else the empty string. */
export function didYouMean(word: string, valid: Iterable<string>): string {
  const best = nearest(word, valid);
  // A valid word at a wrong place is not misspelt.
  return best === undefined || best === word ? '' : `; did you mean ${quoted(best)}?`;
}

/** The same of names of a running lab: `; did you mean web?`, else those that there are: `; there are web, db`. */
export function near(word: string, known: readonly string[]): string {
  const best = nearest(word, known);
  if (best !== undefined) return `; did you mean ${best}?`;
  if (known.length < 2) return `; there is ${known[0] ?? 'none'}`;
  return `; there are ${known.slice(0, SHOWN).join(', ')}${known.length > SHOWN ? ' …' : ''}`;
}

/** More names than that are no help. */
const SHOWN = 20;

/** The valid word with the fewest edits, if those are few for its length; the first of equals. */
export function nearest(word: string, valid: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = (word.length <= 4 ? 1 : word.length <= 7 ? 2 : 3) + 1;
  const bare = fold(word);
  const lower = word.toLowerCase();
  for (const candidate of valid) {
    const distance = fold(candidate) === bare ? 0.5 : edits(lower, candidate.toLowerCase(), least);
    // Two words of two letters are always near; one letter at least has to be shared.
    if (distance < least && distance < Math.max(word.length, candidate.length)) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Without case and separators: `vlanFiltering` is `vlan_filtering`. */
function fold(word: string): string {
  return /[-_ A-Z]/.test(word) ? word.toLowerCase().replaceAll(/[-_ ]/g, '') : word;
}

/** Edit distance in which two swapped neighbours count as one edit (optimal string alignment); `limit` when it is that or more. */
function edits(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let above: number[] = [];
  for (let j = 0; j <= b.length; j++) above.push(j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min(above[j - 1]! + (same ? 0 : 1), above[j]! + 1, row[j - 1]! + 1);
      const swapped =
        i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
      if (cost < least) least = cost;
    }
    // A swap looks two rows back, so one row above the limit is not the end yet; one beyond it is.
    if (least > limit) return limit;
    before = above;
    above = row;
  }
  return above[b.length]!;
}
