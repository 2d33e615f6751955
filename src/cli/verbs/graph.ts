import { existsSync, statSync } from 'node:fs';

import { UsageError } from '../../errors.ts';
import { FORMATS, formatOf, THEMES } from '../../graph/formats.ts';
import type { GraphOptions } from '../../graph/graph.ts';
import { didYouMean, oneOf, quoted } from '../../topology/words.ts';
import { LAB_OPTION, type Parsed } from '../args.ts';
import { DEFAULT_FILE } from '../default-file.ts';
import { findLab, topologyFile } from '../find-lab.ts';
import { interruptible } from '../interrupt.ts';
import { library } from '../library.ts';
import type { Output } from '../output.ts';
import { writeResult } from '../result-file.ts';
import { defineVerb, type Inside } from '../verb.ts';

/** `netlab graph [FILE|NAME]` */
export const verb = defineVerb(
  {
    name: 'graph',
    usage: 'graph [options] [FILE|NAME]',
    about: [
      'Draws a topology from its file, which needs no root; or, with -l or by its name, a lab that runs, as the kernel has it: links that',
      'are cut and processes that have ended are marked. SVG for a slide or a page, light and dark; Mermaid for Markdown; DOT for',
      'Graphviz; JSON with all that is known and where it was drawn. The same lab is always drawn the same.\n--show takes words with commas',
      'between them: addresses, devices, processes (those three unless said), networks, routes, nat, filter; all; or none, which is',
      'names and lines. Of more than 40 nodes only names and lines are drawn unless it is said: the rest is told where the pointer rests.',
      'Without an operand: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: {
      output: { type: 'string', short: 'o', value: 'FILE', about: 'write it there; its ending says the format' },
      format: { type: 'string', value: 'FORMAT', words: FORMATS, about: 'svg (unless said), mermaid, dot, json' },
      theme: {
        type: 'string',
        value: 'THEME',
        words: THEMES,
        about: 'of SVG: light, dark, or auto (unless said), as the surroundings are',
      },
      show: { type: 'string', value: 'WORDS', about: 'what is told besides nodes and links' },
      reach: { type: 'boolean', about: 'of a lab that runs: which pairs do not reach each other, as pingall asks' },
      ...LAB_OPTION,
    },
    operands: { names: ['FILE|NAME'], min: 0, max: 1 },
    inside: whereTo,
    examples: [
      { type: 'netlab graph -o pods.svg topologies/pod-network.yaml', does: 'a picture for a slide' },
      {
        type: 'netlab graph --reach -o now.svg -l pair',
        does: 'the lab as it is now: what is cut, who does not reach whom',
      },
      {
        type: 'netlab graph --show routes -o lab.mmd lab.yaml',
        does: 'Mermaid for Markdown, with the routes of each node',
      },
    ],
    exitCodes: [
      ['0', 'drawn, whatever is cut in it'],
      ['1', 'no such lab; the file cannot be written'],
      ['2', 'bad usage, or the topology is wrong'],
      ['130', 'interrupted'],
    ],
  },
  async ({ options, operands, output }) => {
    const { SHOWN } = await import('../../graph/show.ts');
    const file = options.output === '-' ? undefined : options.output;
    const asked = options.format ?? (output.json ? 'json' : undefined);
    if (output.json && asked !== 'json') throw new UsageError('--json and --format exclude each other');
    const byName = file === undefined ? undefined : formatOf(file);
    if (file !== undefined && asked === undefined && byName === undefined)
      throw new UsageError(`-o ${file}: its ending names no format; say --format ${FORMATS.join(', ')}`);
    const format = asked ?? byName ?? 'svg';
    const { theme } = options;
    if (theme !== undefined && format !== 'svg') throw new UsageError(`--theme is for SVG, and this is ${format}`);
    const every = Object.keys(SHOWN) as (keyof typeof SHOWN)[];
    const show = options.show === undefined ? undefined : wordsOf(options.show, every);
    const how = { format, ...(theme === undefined ? {} : { theme }), ...(show === undefined ? {} : { show }) };
    const named = fileOf(operands[0], options.lab);
    if (named !== undefined && options.reach) throw new UsageError('--reach is for a lab that runs: say -l NAME');
    const text =
      named === undefined
        ? await ofLab(options.lab ?? operands[0], options.reach, how, output)
        : await (await library()).Lab.graph(named, how);
    if (text === undefined) return 130;
    if (file === undefined) output.printRaw(text);
    else writeResult(file, text);
    return 0;
  },
);

/** The topology that is meant; undefined where a lab that runs is. */
function fileOf(operand: string | undefined, lab: string | undefined): string | undefined {
  if (operand !== undefined && lab !== undefined) throw new UsageError(`which one, ${operand} or ${lab}? Name it once`);
  if (lab !== undefined) return undefined;
  if (operand === undefined) return existsSync(DEFAULT_FILE) ? topologyFile(undefined) : undefined;
  // A folder may be called as a lab is; a topology it is not.
  const isFile = statSync(operand, { throwIfNoEntry: false })?.isDirectory() === false;
  return operand === '-' || /[./]/.test(operand) || isFile ? operand : undefined;
}

async function whereTo({ options, operands }: Parsed): Promise<Inside | undefined> {
  const lab = typeof options['lab'] === 'string' ? options['lab'] : undefined;
  return fileOf(operands[0], lab) === undefined ? 'lab' : undefined;
}

/** Undefined: interrupted. */
async function ofLab(
  given: string | undefined,
  reach: boolean,
  how: GraphOptions,
  output: Output,
): Promise<string | undefined> {
  const lab = await findLab(given);
  using interrupt = interruptible(output, { first: 'interrupted', again: 'ending' });
  const text = await lab.graph({ ...how, reach, signal: interrupt.signal });
  return interrupt.signal.aborted ? undefined : text;
}

/** The words of `--show`. */
function wordsOf<W extends string>(given: string, every: readonly W[]): readonly W[] {
  if (given === 'all') return every;
  if (given === 'none') return [];
  return given.split(',').map((item) => {
    const word = every.find((each) => each === item.trim());
    if (word !== undefined) return word;
    const hint = didYouMean(item, every);
    throw new UsageError(`option --show: found ${quoted(item)}, expected ${oneOf(every)}${hint}, or all, or none`);
  });
}
