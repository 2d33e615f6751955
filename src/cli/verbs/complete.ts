import { candidates } from '../completion/candidates.ts';
import type { Verb } from '../verb.ts';

/** `netlab __complete SHELL WORD…`: what the scripts of `netlab completion` ask. The last word is the one being typed. */
export const verb: Verb = {
  name: '__complete',
  usage: '__complete SHELL WORD…',
  about: 'Answers the scripts of `netlab completion`.',
  options: {},
  operands: { names: ['SHELL', 'WORD'], min: 0, max: Infinity },
  examples: [],
  // The words are of another command line.
  parse: (words) => ({ options: {}, operands: words }),
  run: async ({ operands: [shell, ...words] }, output) => {
    const whole = shell === 'bash' ? rejoined(words) : words;
    const current = whole.at(-1) ?? '';
    // bash replaces only what stands behind the last `:` or `=`.
    const done = shell === 'bash' ? Math.max(current.lastIndexOf(':'), current.lastIndexOf('=')) + 1 : 0;
    for (const [value, meaning] of await candidates(whole)) {
      const text = value.startsWith(':') ? value : value.slice(done);
      output.print(meaning === undefined || shell === 'bash' ? text : `${text}\t${meaning}`);
    }
    return 0;
  },
};

/** bash takes `a:b` and `--lab=x` for three words each: `:` and `=` stand in COMP_WORDBREAKS. */
function rejoined(words: readonly string[]): string[] {
  const out: string[] = [];
  let glue = false;
  for (const word of words) {
    const isBreak = word === ':' || word === '=';
    if (out.length > 0 && (glue || isBreak)) out.push(`${out.pop() ?? ''}${word}`);
    else out.push(word);
    glue = isBreak;
  }
  return out;
}
