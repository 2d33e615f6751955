/** What a text in the language of nft is about, without understanding it all: which tables it names, and what it must not say. */

/** Words that stand before a family and a table's name. */
const OBJECTS = new Set(
  'table chain rule set map element flowtable counter quota limit secmark synproxy ct'.split(' '),
);
const VERBS = new Set('add create insert replace delete destroy flush reset rename list'.split(' '));
const FAMILIES = new Set(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']);

/** A table as `nft list tables` names it, and where in the text it is named. */
export interface NamedTable {
  /** `inet extra`. */
  readonly table: string;
  readonly line: number;
}

export interface NftText {
  readonly tables: readonly NamedTable[];
  /** `flush ruleset` and `include`, which reach beyond the tables that are named. */
  readonly foreign: readonly { readonly words: string; readonly line: number }[];
}

/** Reads the statements that stand outside of all braces. */
export function readNftText(text: string): NftText {
  const tables: NamedTable[] = [];
  const foreign: { words: string; line: number }[] = [];
  for (const { words, line } of statements(text)) {
    const [first = ''] = words;
    if (first === 'include' || (first === 'flush' && words[1] === 'ruleset')) {
      foreign.push({ words: first === 'include' ? 'include' : 'flush ruleset', line });
      continue;
    }
    const rest = VERBS.has(first) ? words.slice(1) : words;
    if (!OBJECTS.has(rest[0] ?? '')) continue;
    // `ct helper`, `ct timeout`, `ct expectation`: objects of two words.
    const named = rest.slice(rest[0] === 'ct' ? 2 : 1);
    const [family = 'ip', name] = FAMILIES.has(named[0] ?? '') ? named : ['ip', named[0]];
    if (name !== undefined) tables.push({ table: `${family} ${name}`, line });
  }
  return { tables, foreign };
}

interface Statement {
  readonly words: string[];
  readonly line: number;
}

function statements(text: string): Statement[] {
  const out: Statement[] = [];
  let words: string[] = [];
  let [depth, line, begun] = [0, 1, 1];
  const end = (): void => {
    if (words.length > 0) out.push({ words, line: begun });
    words = [];
  };
  for (const [token] of text.matchAll(/#[^\n]*|"[^"\n]*"|\\\n|\n|[{};]|[^\s{};"#]+/g)) {
    if (token === '{') depth++;
    else if (token === '}') {
      depth = Math.max(0, depth - 1);
      if (depth === 0) end();
    } else if (token === '\n' || token === ';') {
      if (depth === 0) end();
    } else if (depth === 0 && !token.startsWith('#') && !token.startsWith('\\')) {
      if (words.length === 0) begun = line;
      words.push(token.replaceAll('"', ''));
    }
    if (token.endsWith('\n')) line++;
  }
  end();
  return out;
}
