import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { packageRoot } from '../../sys/package-root.ts';
import { defineVerb } from '../verb.ts';

/** `netlab schema` */
export const verb = defineVerb(
  {
    name: 'schema',
    usage: 'schema',
    about: [
      'Prints the JSON schema of topology files, with which editors complete and explain every key. Its file is',
      'part of the package; --verbose prints its path instead, for the first line of a topology:',
    ]
      .join(' ')
      .concat('\n# yaml-language-server: $schema=PATH'),
    options: {},
    operands: { names: [], min: 0, max: 0 },
    examples: [
      { type: 'netlab schema > topology.schema.json', does: 'a copy of it' },
      { type: 'netlab schema -v', does: 'where it is' },
    ],
  },
  async ({ output }) => {
    const path = join(packageRoot(), 'schemas/topology.schema.json');
    if (output.verbose && !output.json) output.print(path);
    else output.printRaw(readFileSync(path, 'utf8'));
    return 0;
  },
);
