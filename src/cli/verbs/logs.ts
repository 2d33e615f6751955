import { UsageError } from '../../errors.ts';
import { LAB_OPTION } from '../args.ts';
import { findLab } from '../find-lab.ts';
import { lines } from '../lines.ts';
import type { Output } from '../output.ts';
import { defineVerb } from '../verb.ts';

/** `netlab logs NODE [PROCESS]` */
export const verb = defineVerb(
  {
    name: 'logs',
    usage: 'logs [options] NODE [PROCESS]',
    about: [
      "Prints what a node's processes printed, standard output and error together, as far as `log` in the topology",
      'keeps it (unless said: 30 MB of each). Of several processes each line',
      'is prefixed with `PROCESS | `. NODE/PROCESS is one word for both. With --json each line is an object.',
      'Without -l: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: {
      ...LAB_OPTION,
      follow: { type: 'boolean', short: 'f', about: 'go on with what they print from now on' },
      lines: { type: 'string', short: 'n', value: 'N', about: 'begin with the last N lines of each (default: all)' },
    },
    operands: { names: ['NODE', 'PROCESS'], min: 1, max: 2 },
    examples: [
      { type: 'netlab logs web', does: 'all processes of the node web' },
      { type: 'netlab logs -n 20 web nginx', does: 'the last lines of one process' },
      { type: 'netlab logs -f -n 0 web', does: 'what is printed from now on' },
    ],
  },
  async ({ options, operands, output }) => {
    const [name = '', process] = operands.length === 1 ? (operands[0] ?? '').split('/', 2) : operands;
    const count = lineCount(options.lines);
    const lab = await findLab(options.lab);
    const node = lab.node(name);
    const chosen = process === undefined ? await node.processes() : [process];
    if (chosen.length === 0) output.note(`netlab: ${name} has no processes`);

    const how = { follow: options.follow, ...(count === undefined ? {} : { lines: count }), signal: output.closed };
    const copy = async (one: string): Promise<void> => {
      for await (const line of lines(node.logs(one, how))) print(line, one, chosen.length > 1, output);
    };
    if (options.follow) await Promise.all(chosen.map(copy));
    else for (const one of chosen) await copy(one);
    return 0;
  },
);

function print(line: string, process: string, prefixed: boolean, output: Output): void {
  if (output.json) output.print(JSON.stringify({ process, line }));
  else output.print(prefixed ? `${output.paint.cyan(process)} | ${line}` : line);
}

function lineCount(text: string | undefined): number | undefined {
  if (text === undefined || text === 'all') return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`-n takes a number of lines, not ${JSON.stringify(text)}`);
  return Number(text);
}
