import { VERBS } from '../catalogue.ts';
import { programHelp, verbHelp } from '../help.ts';
import { unknownVerb } from '../unknown-verb.ts';
import { defineVerb } from '../verb.ts';

/** `netlab help [VERB]` */
export const verb = defineVerb(
  {
    name: 'help',
    usage: 'help [VERB]',
    about: 'Explains netlab, or one of its verbs. `netlab VERB --help` is the same.',
    options: {},
    operands: { names: ['VERB'], min: 0, max: 1 },
    examples: [
      { type: 'netlab help', does: 'all verbs on one screen' },
      { type: 'netlab help up', does: 'one verb, with examples' },
    ],
  },
  async ({ operands: [name], output }) => {
    if (name === undefined) {
      output.print(programHelp(output.paint));
      return 0;
    }
    const entry = VERBS.get(name);
    if (entry === undefined) throw unknownVerb(name);
    const page = await entry.load();
    output.print(verbHelp(page.verb, output.paint));
    return 0;
  },
);
