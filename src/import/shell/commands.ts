/** A line of a shell script → the simple commands in it, where it is made of such alone: words, quotes, `;`, `&&`, redirections. */

/** One command whose words are known before it runs. */
export interface Command {
  readonly words: readonly string[];
  /** As it is written, without the redirections that only silence it. */
  readonly text: string;
  /** `> FILE`, `>> FILE` */
  readonly writes?: string;
  /** Ends with `&`. */
  readonly background: boolean;
}

/** What makes a word depend on what the shell knows when it runs. */
const DYNAMIC = /[$`*?[\]~{}]/;
/** Words that begin something longer than a command, and those that change the shell itself. */
const KEYWORDS = new Set(
  '! if then else elif fi for while until do done case esac select function time { } ( ) [[ coproc . source eval exec set shopt trap alias export local read cd'.split(
    ' ',
  ),
);

interface Token {
  readonly kind: 'word' | 'op';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Undefined where the line has in it what is only known when it runs, or more than commands in a row. */
export function commandsOf(line: string): Command[] | undefined {
  const tokens = tokensOf(line);
  if (tokens === undefined) return undefined;
  const commands: Command[] = [];
  let rest = tokens;
  while (rest.length > 0) {
    const end = rest.findIndex(({ kind, text }) => kind === 'op' && /^(?:;|&&|&)$/.test(text));
    const own = end < 0 ? rest : rest.slice(0, end);
    const command = commandOf(own, line, end >= 0 && rest[end]!.text === '&');
    if (command === undefined) return undefined;
    if (command.words.length > 0) commands.push(command);
    rest = end < 0 ? [] : rest.slice(end + 1);
  }
  return commands;
}

function commandOf(tokens: readonly Token[], line: string, background: boolean): Command | undefined {
  const words: string[] = [];
  let writes: string | undefined;
  let [from, to] = [tokens[0]?.start ?? 0, tokens[0]?.start ?? 0];
  for (let i = 0; i < tokens.length; i++) {
    const { kind, text, end } = tokens[i]!;
    if (kind === 'word') {
      words.push(text);
      to = end;
      continue;
    }
    const next = tokens[i + 1];
    // What may fail is no failure here anyhow.
    if (text === '||' && /^(?:true|:)$/.test(next?.text ?? '') && i + 2 === tokens.length) break;
    if (!/^(?:[12&]?>>?|2>&1|1>&2)$/.test(text)) return undefined;
    if (/>&[12]$/.test(text)) continue;
    if (next?.kind !== 'word') return undefined;
    i++;
    if (next.text === '/dev/null') continue;
    if (text.startsWith('2') || text.startsWith('&') || writes !== undefined) return undefined;
    writes = next.text;
    to = next.end;
  }
  if (KEYWORDS.has(words[0] ?? '') || /^\w+=/.test(words[0] ?? '')) return undefined;
  return { words, text: line.slice(from, to), ...(writes === undefined ? {} : { writes }), background };
}

/** Words and operators; undefined for what is not known before the line runs. */
function tokensOf(line: string): Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  while (at < line.length) {
    const rest = line.slice(at);
    const blank = /^(?:\s|\\\n)+/.exec(rest);
    if (blank !== null) {
      at += blank[0].length;
      continue;
    }
    if (rest.startsWith('#')) {
      const end = rest.indexOf('\n');
      if (end < 0) break;
      at += end;
      continue;
    }
    const op = /^(?:2>&1|1>&2|>&2|[12&]?>>?|<<<|<<-?|<|&&|\|\||;;|[;&|()])/.exec(rest);
    if (op !== null) {
      tokens.push({ kind: 'op', text: op[0].replace(/^>&2/, '1>&2'), start: at, end: at + op[0].length });
      at += op[0].length;
      continue;
    }
    const word = wordAt(line, at);
    if (word === undefined) return undefined;
    tokens.push({ kind: 'word', text: word.text, start: at, end: word.end });
    at = word.end;
  }
  return tokens;
}

function wordAt(line: string, start: number): { text: string; end: number } | undefined {
  let text = '';
  let at = start;
  while (at < line.length && !/[\s;&|<>()]/.test(line[at]!)) {
    const sign = line[at]!;
    if (sign === "'" || sign === '"') {
      const end = closing(line, at);
      if (end < 0) return undefined;
      const inner = line.slice(at + 1, end);
      if (sign === '"' && /[$`]/.test(inner.replaceAll(/\\[$`]/g, ''))) return undefined;
      text += sign === '"' ? inner.replaceAll(/\\(["\\$`])/g, '$1').replaceAll('\\\n', '') : inner;
      at = end + 1;
    } else if (sign === '\\') {
      text += line[at + 1] === '\n' ? '' : (line[at + 1] ?? '');
      at += 2;
    } else {
      if (DYNAMIC.test(sign)) return undefined;
      text += sign;
      at++;
    }
  }
  return { text, end: at };
}

function closing(line: string, start: number): number {
  const quote = line[start];
  for (let at = start + 1; at < line.length; at++) {
    if (quote === '"' && line[at] === '\\') at++;
    else if (line[at] === quote) return at;
  }
  return -1;
}
