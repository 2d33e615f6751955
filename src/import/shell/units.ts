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
  for (let i = 0; i < lines.length; i++) {
    const first = i;
    const text = [lines[i]!];
    // The line that names the interpreter is a comment, too.
    if (/^\s*(?:#|$)/.test(text[0]!)) continue;
    let compound = false;
    while (i + 1 < lines.length && isOpen(text.join('\n'))) {
      compound ||= !text.at(-1)!.endsWith('\\');
      text.push(lines[++i]!);
    }
    units.push({ text: text.join('\n').trim(), line: first + 1, column: /\S/.exec(text[0]!)!.index + 1, compound });
  }
  return units;
}

/** Whether what has been read goes on in the next line. */
function isOpen(text: string): boolean {
  const bare = withoutQuotes(text);
  if (bare === undefined || bare.endsWith('\\') || /(?:\|\||&&|\|)\s*$/.test(bare)) return true;
  const heredoc = /<<-?\s*(["']?)([\w.-]+)\1/.exec(text.replaceAll('<<<', '   '));
  if (heredoc !== null && !new RegExp(`\\n\\s*${heredoc[2]!.replaceAll('.', '\\.')}\\s*$`).test(text)) return true;
  if (heredoc !== null) return false;
  const count = (pattern: RegExp): number => [...bare.matchAll(pattern)].length;
  const braces = count(/(?:^|[\s;)])\{(?=\s|$)/g) - count(/(?:^|[\s;])\}(?=[\s;]|$)/g);
  const parentheses = /\bcase\b/.test(bare) ? 0 : count(/\(/g) - count(/\)/g);
  const lines = bare.split('\n');
  const words = lines.reduce(
    (sum, line) => sum + [...line.matchAll(OPENS)].length - [...line.matchAll(CLOSES)].length,
    0,
  );
  return words > 0 || braces > 0 || parentheses > 0;
}

/** The text with what stands in quotes and comments blanked; undefined where a quote is open. */
function withoutQuotes(text: string): string | undefined {
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
      const end = text.indexOf('\n', at);
      if (end < 0) break;
      at = end - 1;
    } else out += sign;
  }
  return out;
}
