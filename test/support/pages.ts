/**
 * Pages whose code is run. A block of code is a file when its first line names it (`# web.yaml`), and a session at a prompt when it is
 * `console`: lines that begin with the prompt are commands, and below each stands what it prints. The prompt is `$`; in a block
 * `console root`, whose commands take root, `#`. A command goes on in the next line after a backslash.
 */
import { spawnSync } from 'node:child_process';

import { environmentOfOtherTests } from './run.ts';
import { until } from './until.ts';
import { asUser } from './user.ts';

/** A block of code. */
export interface Block {
  readonly language: string;
  /** What stands behind the language. */
  readonly mark: string;
  /** What its first line calls it. */
  readonly file: string | undefined;
  readonly text: string;
  /** Where `text` begins in the page. */
  readonly start: number;
  /** What varies from run to run in it alone: the expression of a comment `<!-- varies: REGEX -->` in the line above. */
  readonly varies: RegExp | undefined;
}

/** A command, and what is printed below it. */
export interface Command {
  readonly line: string;
  readonly output: string;
}

/** The blocks of code of a page, in order. */
export function blocksOf(page: string): Block[] {
  const fence = /^(?:<!-- varies: (.+) -->\n)?(```(\w+)(?: (\w+))?\n)([\s\S]*?)^```$/gm;
  return [...page.matchAll(fence)].map(
    ([whole, varies, open = '', language = '', mark = '', text = ''], index, all) => ({
      language,
      mark,
      file: /^(?:#|\/\/) (\S+\.\w+)\n/.exec(text)?.[1],
      text,
      start: (all[index]?.index ?? 0) + whole.indexOf(open) + open.length,
      varies: varies === undefined ? undefined : new RegExp(varies, 'gm'),
    }),
  );
}

/** Whether the commands of a session take root. */
export const takesRoot = ({ mark }: Block): boolean => mark === 'root';

const promptOf = (block: Block): string => (takesRoot(block) ? '# ' : '$ ');

/** The commands of a session. */
export function commandsOf(block: Block): Command[] {
  const prompt = promptOf(block);
  const found: { line: string; output: string }[] = [];
  let goesOn = false;
  for (const line of block.text.split('\n').slice(0, -1)) {
    const last = found.at(-1);
    if (goesOn && last !== undefined) last.line += `\n${line}`;
    else if (line.startsWith(prompt)) found.push({ line: line.slice(prompt.length), output: '' });
    else if (last !== undefined) last.output += `${line}\n`;
    else throw new Error(`a session begins with a command, and not with ${JSON.stringify(line)}`);
    goesOn = (goesOn || line.startsWith(prompt)) && line.endsWith('\\');
  }
  return found;
}

/** The text of a session. */
export function sessionText(block: Block, commands: readonly Command[]): string {
  return commands.map(({ line, output }) => `${promptOf(block)}${line}\n${output}`).join('');
}

/**
 * What a person sees who types a line in this folder, as the current user of {@link describeForUsers}: output and errors, in order.
 * `netlab` is looked for in the folder `programs` first.
 */
export function typed(line: string, folder: string, programs: string): string {
  const { argv, env: own } = asUser(['sh', '-c', `exec 2>&1\n${line}`]);
  const PATH = `${programs}:${own['PATH'] ?? process.env['PATH']}`;
  const { stdout, error } = spawnSync(argv[0]!, argv.slice(1), {
    cwd: folder,
    encoding: 'utf8',
    env: { ...environmentOfOtherTests(), ...own, PATH, LC_ALL: 'C.UTF-8', NO_COLOR: '1', TERM: 'dumb' },
    timeout: 30_000,
  });
  if (error !== undefined) throw new Error(`${line}: ${error.message}\n${stdout}`);
  // A page shows no blanks that nobody can see.
  return stdout.replaceAll(/[ \t]+$/gm, '').replace(/([^\n])$/, '$1\n');
}

/** Commands that only look, of what the kernel takes a moment to tell. */
const LOOKS = /^netlab (status|exec \S+ -- (ip|bridge) (?!.* (del|add)))/;

/** What a person sees at last who looks again while it is not yet what he waits for. */
export async function typedUntil(
  expected: (seen: string) => boolean,
  ...[line, folder, programs]: Parameters<typeof typed>
): Promise<string> {
  let seen = typed(line, folder, programs);
  if (!LOOKS.test(line)) return seen;
  const look = () => expected(seen) || expected((seen = typed(line, folder, programs)));
  await until(look).catch(() => {});
  return seen;
}

/** What varies from run to run, and what is compared in its place. */
const VARIES: readonly (readonly [RegExp, string])[] = [
  // Times: 0.05 s, time=1009ms, up 3 s; those of ping's last line; a clock's.
  [/(?<!within )\b\d+(\.\d+)? ?(ms|s|min)\b/g, 'TIME'],
  [/(rtt [\w/]+ = )[\d./]+( ms|TIME)?/g, '$1TIME'],
  [/\btime[= ](\d+|TIME)\b/g, 'TIME'],
  [/\b\d\d:\d\d:\d\d(\.\d+)?\b/g, 'CLOCK'],
  [/\b\d\d\/\w{3}\/\d{4}\b/g, 'DATE'],
  // Link-layer addresses.
  [/\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/g, 'MAC'],
  // How often a check was tried.
  [/\btries: \d+$/gm, 'TRIES'],
  // What a neighbour is at the moment.
  [/\b(REACHABLE|DELAY|STALE|PROBE)\b/gi, 'STATE'],
  [/\b(INCOMPLETE|FAILED)$/gim, 'MISSING'],
  // Namespaces have numbers from 4026531832 on.
  [/\b402\d{7}\b/g, 'NAMESPACE'],
  // Columns are as wide as what stands in them.
  [/[ \t]+/g, ' '],
];

/** An output without what varies from run to run. */
export function inGeneral(output: string, varies: RegExp | undefined): string {
  const own: readonly (readonly [RegExp, string])[] = varies === undefined ? [] : [[varies, 'VARIES']];
  return [...own, ...VARIES].reduce((text, [what, word]) => text.replaceAll(what, word), output);
}
