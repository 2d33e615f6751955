/** The texts of `--help`. */
import { COMMON, type OptionSpec, type OptionTable } from './args.ts';
import { GROUPS } from './catalogue.ts';
import type { Palette } from './color.ts';
import type { Output } from './output.ts';
import { pad } from './table.ts';
import type { Page } from './verb.ts';

const INDENT = '  ';
/** What every terminal shows. */
const COLUMNS = 80;

/** Prints the help of a verb, or that of the whole program: a page, or with `--json` what stands in it. */
export function printHelp(page: Page | undefined, output: Output): void {
  if (output.json) output.printJson(page === undefined ? programFacts() : verbFacts(page));
  else output.print(page === undefined ? programHelp(output.paint) : verbHelp(page, output.paint));
}

function programFacts(): object {
  const verbs = GROUPS.flatMap(([group, entries]) =>
    Object.entries(entries).map(([verb, { summary }]) => ({ verb, group, summary })),
  );
  return { verbs };
}

function verbFacts({ name, usage, about, options, examples, exitCodes = [] }: Page): object {
  return {
    verb: name,
    usage: `netlab ${usage}`,
    about,
    options: Object.entries({ ...options, ...COMMON } as OptionTable).map(
      ([option, { short, value, about: does }]) => ({
        option: `--${option}`,
        short: short === undefined ? null : `-${short}`,
        value: value ?? null,
        about: does,
      }),
    ),
    examples: examples.map(({ type, does }) => ({ command: type, about: does })),
    exitCodes: exitCodes.map(([code, means]) => ({ code, means })),
  };
}

/** The help of the whole program: one screen. */
export function programHelp(paint: Palette): string {
  const column = Math.max(...GROUPS.flatMap(([, entries]) => Object.keys(entries).map((name) => name.length))) + 2;
  const verbs = GROUPS.map(([title, entries]) =>
    [
      paint.bold(title),
      ...Object.entries(entries).map(([name, { summary }]) => `${INDENT}${pad(name, column)}${summary}`),
    ].join('\n'),
  );
  return [
    'netlab: network labs from one YAML file, by the Linux kernel and nothing else',
    '',
    `${paint.bold('Usage')}  netlab VERB [options] [FILE]`,
    '',
    paint.bold('A first session'),
    `${INDENT}netlab up topologies/pair.yaml     make the lab: two nodes and a cable`,
    `${INDENT}netlab exec a -- ping -c 1 b       do something in it`,
    `${INDENT}netlab down pair                   and take it away again`,
    '',
    ...verbs.flatMap((group) => [group, '']),
    'Without FILE or -l LAB: netlab.yaml in this folder, else the only lab that runs.',
    `Every verb takes ${options()}.`,
    '`netlab help VERB` explains one.',
  ].join('\n');
}

function options(): string {
  const names = Object.keys(COMMON).map((name) => `--${name}`);
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** The help of one verb: usage, a paragraph, options, examples, exit codes where they are special. */
export function verbHelp(page: Page, paint: Palette): string {
  const examples = page.examples.map(({ type, does }) => [type, does] as const);
  const sections = [
    `${paint.bold('Usage')}  netlab ${page.usage}`,
    page.about.split('\n').flatMap(wrap).join('\n'),
    section('Options', optionLines({ ...page.options, ...COMMON }), paint),
    section('Examples', examples, paint),
    ...(page.exitCodes === undefined ? [] : [section('Exit codes', page.exitCodes, paint)]),
  ];
  return sections.join('\n\n');
}

/** Two columns; where those would be wider than the screen, what belongs on the right stands below. */
function section(title: string, lines: readonly (readonly [string, string])[], paint: Palette): string {
  const column = Math.max(...lines.map(([left]) => left.length)) + 3;
  const fits = lines.every(([, right]) => INDENT.length + column + right.length <= COLUMNS);
  const body = lines.map(([left, right]) =>
    fits ? `${INDENT}${pad(left, column)}${right}` : `${INDENT}${left}\n${INDENT.repeat(3)}${right}`,
  );
  return [paint.bold(title), ...body].join('\n');
}

/** Breaks a line between words. */
function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= COLUMNS) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function optionLines(table: OptionTable): (readonly [string, string])[] {
  return Object.entries(table).map(([name, spec]) => [optionName(name, spec), spec.about]);
}

function optionName(name: string, { short, value }: OptionSpec): string {
  const head = short === undefined ? '    ' : `-${short}, `;
  return `${head}--${name}${value === undefined ? '' : ` ${value}`}`;
}
