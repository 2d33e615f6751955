/** Words as they may be printed: on a terminal, in one line, and one or several. */

/** What a terminal obeys rather than shows, what ends a line somewhere, and what turns or hides the text around it. */
// oxlint-disable-next-line no-control-regex
const UNSEEN = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The text with everything that cannot be seen written as in JSON: `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(UNSEEN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text, cut where it is too long for a message. */
export function cut(text: string, longest = 60): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** `1 bridge`, `6 nodes`, `2 processes`. */
export function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${plural(noun)}`;
}

/** The plural of one of the nouns that netlab speaks of. */
function plural(noun: string): string {
  return /(?:s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}
