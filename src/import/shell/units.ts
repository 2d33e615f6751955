/** A shell script → its statements: lines, or what belongs together over several (quotes, here-documents, if … fi). */

/** One statement as it is written. */
export interface Unit {
  readonly text: string;
  /** The line in which it begins, from 1, and the column of its first word. */
  readonly line: number;
  readonly column: number;
  /** Whether it is longer than one line of commands. */
  readonly compound: boolean;
}

const OPENS = /(?:^|[;&|]|\b(?:do|then|else)\b|\{)\s*(?:if|for|while|until|case|select)\b/g;
const CLOSES = /(?:^|[;&|]|\s)(?:fi|done|esac)\b/g;

/** Comments and empty lines are none. */
export function unitsOf(script: string): Unit[] {
  const lines = script.split('\n');
  const units: Unit[] = [];
  for (let first = 0; first < lines.length;) {
    const line = lines[first]!;
    // The line that names the interpreter is a comment, too.
    const end = /^\s*(?:#|$)/.test(line) ? first : endOf(lines, first);
    if (end > first) {
      const text = lines.slice(first, end);
      const compound = text.slice(0, -1).some((each) => !each.endsWith('\\'));
      units.push({ text: text.join('\n').trim(), line: first + 1, column: /\S/.exec(line)!.index + 1, compound });
    }
    first = Math.max(end, first + 1);
  }
  return units;
}

/** The number of the line behind the statement that begins in this one. */
function endOf(lines: readonly string[], first: number): number {
  let [words, braces, parentheses, isCase] = [0, 0, 0, false];
  // Lines that are one to the shell: a quote is open at their ends, or they end with a backslash.
  let joined: string[] = [];
  for (let at = first; at < lines.length;) {
    joined.push(lines[at++]!);
    const text = joined.join('\n');
    const bare = withoutQuotes(text);
    if (bare === undefined || bare.endsWith('\\')) continue;
    joined = [];
    for (const delimiter of delimitersOf(text, bare)) at = behindDocument(lines, at, delimiter);
    for (const line of bare.split('\n')) words += count(line, OPENS) - count(line, CLOSES);
    braces += count(bare, /(?:^|[\s;)])\{(?=\s|$)/g) - count(bare, /(?:^|[\s;])\}(?=[\s;]|$)/g);
    parentheses += count(bare, /\(/g) - count(bare, /\)/g);
    isCase ||= /\bcase\b/.test(bare);
    const goesOn = /(?:\|\||&&|\|)\s*$/.test(bare);
    // The patterns of a case end with a parenthesis that nothing opens.
    if (!goesOn && words <= 0 && braces <= 0 && (isCase || parentheses <= 0)) return at;
  }
  return lines.length;
}

/** The words that end the here-documents of a line, which stand between quotes or not: `<< EOF`, `<<-'END'`. */
function delimitersOf(text: string, bare: string): string[] {
  return [...bare.matchAll(/(?<!<)<<-?(?!<)\s*/g)].flatMap(({ index, 0: operator }) => {
    const [, , word] = /^(["']?)([\w.-]+)\1/.exec(text.slice(index + operator.length)) ?? [];
    // `$((1 << 4))` is a number.
    return word === undefined || /^\d+$/.test(word) ? [] : [word];
  });
}

/** The number of the line behind a here-document that begins in this one. */
function behindDocument(lines: readonly string[], first: number, delimiter: string): number {
  let at = first;
  while (at < lines.length && lines[at]!.trim() !== delimiter) at++;
  return Math.min(at + 1, lines.length);
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

/** The text with what stands in quotes and comments blanked, as long as before; undefined where a quote is open. */
export function withoutQuotes(text: string): string | undefined {
  let out = '';
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === '\\' && at + 1 < text.length) {
      out += '  ';
      at++;
    } else if (sign === "'" || sign === '"') {
      let end = at + 1;
      while (end < text.length && text[end] !== sign) end += sign === '"' && text[end] === '\\' ? 2 : 1;
      if (end >= text.length) return undefined;
      out += 'q'.repeat(end - at + 1);
      at = end;
    } else if (sign === '#' && (at === 0 || /\s/.test(text[at - 1]!))) {
      const lineEnd = text.indexOf('\n', at);
      const end = lineEnd < 0 ? text.length : lineEnd;
      out += ' '.repeat(end - at);
      at = end - 1;
    } else out += sign;
  }
  return out;
}
