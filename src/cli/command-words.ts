import { UsageError } from '../errors.ts';

/**
 * The words of a command line as a shell takes them apart: blanks, quotes of both kinds, backslashes. Nothing is expanded, and no signs have a
 * meaning: for pipes and variables one says `sh -c '…'`.
 * @throws UsageError for a quote that is not closed.
 */
export function commandWords(option: string, text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]!;
    if (/\s/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (sign === "'" || sign === '"') {
      word ??= '';
      const begin = i;
      for (i += 1; text[i] !== sign; i++) {
        if (i >= text.length)
          throw new UsageError(`option ${option}: the quote at character ${begin + 1} is not closed`);
        if (sign === '"' && text[i] === '\\' && /["\\$`]/.test(text[i + 1] ?? '')) i += 1;
        word += text[i];
      }
    } else if (sign === '\\') word = (word ?? '') + (text[++i] ?? '');
    else word = (word ?? '') + sign;
  }
  return word === undefined ? words : [...words, word];
}
