import { library } from '../library.ts';
import { labTable, statusStyle } from '../status.ts';
import { defineVerb } from '../verb.ts';

/** `netlab ls` */
export const verb = defineVerb(
  {
    name: 'ls',
    usage: 'ls [options]',
    about: [
      'Lists the labs on this machine: running, or dead when the keeper of a lab was killed and `down` has not',
      'yet removed what is left. With --quiet the names alone, for scripts.',
    ].join(' '),
    options: {},
    operands: { names: [], min: 0, max: 0 },
    examples: [
      { type: 'netlab ls', does: 'a table' },
      { type: 'netlab ls -q', does: 'names alone' },
      { type: 'netlab ls --json', does: 'for programs' },
    ],
  },
  async ({ output }) => {
    const { Lab } = await library();
    const labs = await Lab.list();
    if (output.json) output.printJson(labs);
    else if (output.quiet) for (const { lab } of labs) output.print(lab);
    else if (labs.length === 0) output.note('No lab is running; `netlab up FILE` makes one.');
    else output.print(labTable(labs, statusStyle(output)));
    return 0;
  },
);
