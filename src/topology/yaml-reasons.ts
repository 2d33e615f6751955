/** What js-yaml says of a text that is no YAML, in the words of somebody who has just typed it. */

import { cut, printable } from '../model/text.ts';

/** By how the parser's own sentence begins. */
const REASONS: readonly (readonly [start: string, words: string])[] = [
  ['tab characters', 'a tab in the indentation, expected spaces'],
  [
    'deficient indentation',
    'this line is less indented than what it belongs to; is a bracket or a quotation mark above not closed?',
  ],
  [
    'bad indentation of a mapping entry',
    'this does not belong to the mapping above: its indentation differs, or a value with a colon has no quotes',
  ],
  ['bad indentation of a sequence entry', 'this does not belong to the list above: its indentation differs'],
  [
    'missed comma between flow collection entries',
    'a comma is missing between two entries in brackets, or a bracket is not closed',
  ],
  ['unexpected end of the stream within a', 'the text ends inside of brackets or quotation marks that are not closed'],
];

/**
 * The parser's reason, as a person would say it; one that is not known as it is. `around`: the characters before and at the place.
 */
export function reasonInWords(reason: string, maxDepth: number, around: string): string {
  // Inside of brackets `${VAR}` is read as a `$` and a mapping.
  if (around === '${') return 'a ${…} inside of brackets, expected quotation marks around the value';
  if (reason.startsWith('nesting exceeded')) return `lists and mappings stand more than ${maxDepth} deep in each other`;
  return REASONS.find(([start]) => reason.startsWith(start))?.[1] ?? printable(cut(reason, 120));
}
