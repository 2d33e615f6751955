/** Words of the command line → options and operands, by a verb's own table; every mistake names what was meant. */
import { parseArgs } from 'node:util';

import { UsageError } from '../errors.ts';
import { didYouMean, nearest, oneOf, quoted } from '../topology/words.ts';

/** One option of a verb, as help prints it and as it is parsed. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** What help calls the value: `NAME`. */
  readonly value?: string;
  /** The words that the value may be, where it is one of few. */
  readonly words?: readonly string[];
  readonly about: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** What a table's options are when parsed: booleans are false unless given, strings undefined. */
export type Values<O extends OptionTable> = {
  readonly [K in keyof O]: O[K] extends { readonly words: readonly (infer W)[] }
    ? W | undefined
    : O[K]['type'] extends 'string'
      ? string | undefined
      : boolean;
};

/** The options of every verb. */
export const COMMON = {
  json: { type: 'boolean', about: 'print the result as JSON' },
  quiet: { type: 'boolean', short: 'q', about: 'no progress, messages or summary' },
  verbose: { type: 'boolean', short: 'v', about: 'print more' },
  'no-color': { type: 'boolean', about: 'no colours (as NO_COLOR=1 in the environment)' },
  help: { type: 'boolean', short: 'h', about: 'explain this verb' },
} as const satisfies OptionTable;

/** The option by which a verb finds a running lab. */
export const LAB_OPTION = {
  lab: { type: 'string', short: 'l', value: 'NAME', about: 'the lab, by its name or its file' },
} as const satisfies OptionTable;

/** The option of the verbs that read a topology. */
export const STRICT_OPTION = {
  strict: { type: 'boolean', about: "take the file's warnings for errors" },
} as const satisfies OptionTable;

/** What a verb takes. */
export interface Grammar {
  readonly options: OptionTable;
  /** The operands, named as help names them. `max` of Infinity: any number. */
  readonly operands: { readonly names: readonly string[]; readonly min: number; readonly max: number };
  /** True when everything after the first operand is a command and none of our business. */
  readonly command?: boolean;
}

/** A command line that has been understood. */
export interface Parsed {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly operands: readonly string[];
}

/**
 * Reads a verb's words. With `--help` among them nothing else is checked.
 * @throws UsageError that names the word and, for a misspelt one, the nearest.
 */
export function parse(words: readonly string[], grammar: Grammar): Parsed {
  const table: OptionTable = { ...COMMON, ...grammar.options };
  const { own, command } = grammar.command === true ? splitCommand(words, table) : { own: words, command: [] };
  const { tokens } = parseArgs({ args: [...own], options: plain(table), strict: false, tokens: true });

  const options: Record<string, string | boolean | undefined> = {};
  for (const [name, { type }] of Object.entries(table)) options[name] = type === 'boolean' ? false : undefined;
  const operands: string[] = [];
  const mistakes: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    const mistake = spec === undefined ? unknownOption(token, table) : wrongValue(token, spec);
    if (mistake === undefined) options[token.name] = token.value ?? true;
    else mistakes.push(mistake);
  }
  operands.push(...command);

  if (options['help'] !== true) {
    // As of "$FILE" where there is no such variable; the words of a command are its own.
    if (operands.slice(0, grammar.command === true ? 1 : undefined).includes(''))
      mistakes.push('found an empty word, expected a name or a file');
    mistakes.push(...wrongCount(operands, grammar));
    if (mistakes[0] !== undefined) throw new UsageError(mistakes[0]);
  }
  return { options, operands };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/** The table as `parseArgs` wants it. */
function plain(table: OptionTable): Record<string, { type: 'boolean' | 'string'; short?: string }> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  );
}

/** Our own words end at the first operand (the node); the rest is the command, with or without `--` before it. */
function splitCommand(words: readonly string[], table: OptionTable): { own: readonly string[]; command: string[] } {
  const { tokens } = parseArgs({ args: [...words], options: plain(table), strict: false, tokens: true });
  const first = tokens.find((token) => token.kind !== 'option');
  if (first === undefined) return { own: words, command: [] };
  const [node, ...command] = words.slice(first.kind === 'positional' ? first.index : first.index + 1);
  if (node === undefined) return { own: words.slice(0, first.index), command: [] };
  if (command[0] === '--') command.shift();
  else if (command[0]?.startsWith('-') === true) {
    throw new UsageError(`option ${command[0]} stands after the node; options come before it: ${command[0]} ${node} …`);
  }
  return { own: words.slice(0, first.index), command: [node, ...command] };
}

function unknownOption({ name, rawName }: OptionToken, table: OptionTable): string {
  if (name === 'rootless')
    return 'there is no option --rootless: NETLAB_ROOTLESS=1 in the environment is for all verbs';
  const best = rawName.startsWith('--') ? nearest(name, Object.keys(table)) : undefined;
  return `unknown option ${rawName}${best === undefined ? '' : `; did you mean --${best}?`}`;
}

function wrongValue({ rawName, value, inlineValue }: OptionToken, spec: OptionSpec): string | undefined {
  if (spec.type === 'boolean') return value === undefined ? undefined : `option ${rawName} takes no value`;
  // `-l --json` is a forgotten name, not a lab called "--json"; `-l=x` and `--lab=--x` are meant.
  const missing = value === undefined || value === '' || (inlineValue !== true && /^-./.test(value));
  if (missing) return `option ${rawName} needs a value: ${rawName} ${spec.value ?? 'VALUE'}`;
  if (spec.words === undefined || spec.words.includes(value)) return undefined;
  return `option ${rawName}: found ${quoted(value)}, expected ${oneOf(spec.words)}${didYouMean(value, spec.words)}`;
}

function wrongCount(operands: readonly string[], { operands: { names, min, max } }: Grammar): string[] {
  if (operands.length < min) return [`${names[operands.length] ?? names.at(-1) ?? 'operand'} is missing`];
  const extra = operands[max];
  return extra === undefined ? [] : [`${JSON.stringify(extra)} is one operand too many`];
}
