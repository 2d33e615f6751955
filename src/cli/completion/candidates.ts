/** What can stand where the cursor is: verbs, options, labs, nodes, processes. */
import { COMMON, type OptionSpec, type OptionTable } from '../args.ts';
import { VERBS } from '../catalogue.ts';
import type { Verb } from '../verb.ts';
import { labNames, nodeNames, processNames, theLab } from './labs.ts';

/** A word that may stand there, and what it means. `:files` and `:commands` leave it to the shell. */
export type Candidate = readonly [value: string, meaning?: string];

/** What stands before the cursor, taken apart. */
interface Line {
  readonly verb: Verb;
  readonly operands: readonly string[];
  readonly lab: string | undefined;
  /** After `--`, or after the node of a verb that runs a command: no options of ours any more. */
  readonly ended: boolean;
  /** The option whose value is being typed. */
  readonly option: OptionSpec | undefined;
}

/** Candidates for the last of the words; those that do not begin with it are left out. */
export async function candidates(words: readonly string[]): Promise<Candidate[]> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  return (await all(before, current)).filter(([value]) => value.startsWith(':') || value.startsWith(current));
}

async function all(before: readonly string[], current: string): Promise<Candidate[]> {
  const at = verbAt(before);
  const name = before[at];
  if (name === undefined) return current.startsWith('-') ? options(COMMON, before) : verbs();
  const entry = VERBS.get(name);
  if (entry === undefined) return [];
  const { verb } = await entry.load();
  const table: OptionTable = { ...COMMON, ...verb.options };
  const line = takeApart(verb, table, [...before.slice(0, at), ...before.slice(at + 1)]);
  const inline = /^(--[a-z-]+)=/.exec(current);
  const spec = inline === null ? line.option : table[inline[1]!.slice(2)];
  if (inline !== null && spec?.type === 'string') {
    return valuesOf(spec, line.lab).map(([value, ...rest]) => [
      value.startsWith(':') ? value : `${inline[1]}=${value}`,
      ...rest,
    ]);
  }
  if (line.option !== undefined) return valuesOf(line.option, line.lab);
  if (current.startsWith('-') && !line.ended) return options(table, before);
  return operands(line);
}

/** The verb is the first word that is no option, as in `main`. */
function verbAt(words: readonly string[]): number {
  let at = 0;
  while (words[at]?.startsWith('-') === true) at += words[at] === '-l' || words[at] === '--lab' ? 2 : 1;
  return at;
}

function verbs(): Candidate[] {
  return [...VERBS].map(([name, { summary }]) => [name, summary]);
}

function options(table: OptionTable, used: readonly string[]): Candidate[] {
  return Object.entries(table)
    .filter(([name]) => !used.includes(`--${name}`))
    .map(([name, { about }]) => [`--${name}`, about]);
}

function takeApart(verb: Verb, table: OptionTable, words: readonly string[]): Line {
  const found: string[] = [];
  let lab: string | undefined;
  let ended = false;
  let option: OptionSpec | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    option = undefined;
    if (ended || !word.startsWith('-') || word === '-') found.push(word);
    else if (word === '--') ended = true;
    else {
      const [name = '', value] = word.split('=', 2);
      const spec = Object.entries(table).find(([long, { short }]) => name === `--${long}` || name === `-${short}`);
      const takesNext = spec?.[1].type === 'string' && value === undefined;
      const said = takesNext ? words[++i] : value;
      if (spec?.[0] === 'lab') lab = said;
      if (takesNext && said === undefined) option = spec[1];
    }
    if (verb.command === true && found.length > 0) ended = true;
  }
  return { verb, operands: found, lab, ended, option };
}

function valuesOf({ value = '', words }: OptionSpec, lab: string | undefined): Candidate[] {
  if (words !== undefined) return words.map((word): Candidate => [word]);
  // The node stands behind it, and is not known yet.
  if (value === 'PROCESS') {
    const all = nodeNames(theLab(lab)).flatMap((node) => processNames(theLab(lab), node));
    return [...new Set(all)].map((name): Candidate => [name, 'a process']);
  }
  if (value === 'NAME') return [...labNames().map((name): Candidate => [name, 'a lab']), [':files']];
  return value === 'FILE' ? [[':files']] : [];
}

function operands({ verb, operands: given, lab }: Line): Candidate[] {
  const { names, max } = verb.operands;
  if (given.length >= max) return [];
  const kind = names[Math.min(given.length, names.length - 1)] ?? '';
  const name = theLab(lab);
  const out: Candidate[] = [];
  for (const word of kind.split(/\||\[|\]|…|\s+or\s+/)) {
    if (word.startsWith('FILE')) out.push([':files']);
    else if (word === 'NAME' || word === 'LAB') out.push(...labNames().map((each): Candidate => [each, 'a lab']));
    else if (word === 'NODE:IF') out.push(...nodeNames(name).map((each): Candidate => [`${each}:`, 'a node']));
    else if (word.startsWith('NODE')) out.push(...nodeNames(name).map((each): Candidate => [each, 'a node']));
    else if (word === '/PROCESS') out.push(...everyProcess(name));
    else if (word === 'PROCESS')
      out.push(...processNames(name, given[0] ?? '').map((each): Candidate => [each, 'a process']));
    else if (word === 'COMMAND') out.push([':commands']);
    else if (word === 'VERB') out.push(...verbs());
    else if (/^[a-z]+$/.test(word)) out.push([word]);
  }
  return out;
}

function everyProcess(lab: string | undefined): Candidate[] {
  return nodeNames(lab).flatMap((node) =>
    processNames(lab, node).map((name): Candidate => [`${node}/${name}`, 'a process']),
  );
}
