import { VERBS } from '../catalogue.ts';
import { printHelp } from '../help.ts';
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
    const entry = name === undefined ? undefined : VERBS.get(name);
    if (name !== undefined && entry === undefined) throw unknownVerb(name);
    printHelp((await entry?.load())?.verb, output);
    return 0;
  },
);
