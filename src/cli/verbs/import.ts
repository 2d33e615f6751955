import { dirname, resolve } from 'node:path';

import { TopologyError } from '../../errors.ts';
import { FORMAT_NAMES } from '../../import/format.ts';
import { count } from '../../model/text.ts';
import { noteWarnings } from '../problems.ts';
import { writeResult } from '../result-file.ts';
import { defineVerb } from '../verb.ts';

/** `netlab import FILE|FOLDER` */
export const verb = defineVerb(
  {
    name: 'import',
    usage: 'import [options] FILE|FOLDER',
    about: [
      "Makes a topology of another tool's lab and prints it: of Kathará (a folder with lab.conf, or that file),",
      'containerlab (*.clab.yml, nodes of the kinds linux, bridge and host) or GraphML (a router for each node, a link',
      'for each edge).',
      'What the topology does not have, or has otherwise, is told on standard error, each with file:line:column and',
      'the reason, and again in a comment at its head. What is printed always passes `netlab validate`. Nothing is',
      'executed, and the lab itself is not touched.\nPaths in the topology begin with the folder that it stands in: that of -o FILE, else the current one.',
    ].join(' '),
    options: {
      output: { type: 'string', short: 'o', value: 'FILE', about: 'write it there, not to standard output' },
      format: {
        type: 'string',
        value: 'FORMAT',
        words: FORMAT_NAMES,
        about: 'kathara, containerlab or graphml; told by the files unless said',
      },
      name: { type: 'string', value: 'LAB', about: "the lab's name; that of its folder unless said" },
      routes: { type: 'boolean', about: 'GraphML: static routes between all routers, by fewest hops' },
      strict: { type: 'boolean', about: 'write nothing unless all of it could be imported' },
    },
    operands: { names: ['FILE|FOLDER'], min: 1, max: 1 },
    examples: [
      { type: 'netlab import kathara-lab/', does: 'look at it first' },
      { type: 'netlab import -o frr.yaml frr01.clab.yml', does: 'and then: netlab up frr.yaml' },
      { type: 'netlab import --routes Abilene.graphml', does: "an operator's network, of the Topology Zoo" },
    ],
    exitCodes: [
      ['0', 'done, whatever was left out'],
      ['1', 'FILE of -o could not be written'],
      ['2', 'a file is wrong; with --strict: something was left out'],
    ],
  },
  async ({ options, operands, output }) => {
    const { importTopology } = await import('../../import/import.ts');
    const file = options.output === '-' ? undefined : options.output;
    const imported = importTopology(operands[0]!, {
      ...(file === undefined ? {} : { home: dirname(resolve(file)) }),
      ...(options.format === undefined ? {} : { format: options.format }),
      ...(options.name === undefined ? {} : { name: options.name }),
      routes: options.routes,
    });
    if (options.strict && imported.left.length > 0) throw new TopologyError(imported.left);
    noteWarnings(imported.left, output);
    for (const { path, reason } of imported.carried) output.note(`the topology reads ${path}: ${reason}`);
    if (imported.needs.length > 0) output.note(`the topology runs programs of Debian's ${imported.needs.join(', ')}`);
    if (file !== undefined) {
      writeResult(file, imported.yaml);
      output.note(`${file}: ${count(imported.yaml.split('\n').length - 1, 'line')}`);
    }
    if (output.json) output.printJson(imported);
    else if (file === undefined) output.printRaw(imported.yaml);
    return 0;
  },
);
