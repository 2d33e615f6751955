import { readFileSync } from 'node:fs';

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
    const path = schemaPath();
    if (output.verbose && !output.json) output.print(path);
    else output.printRaw(readFileSync(path, 'utf8'));
    return 0;
  },
);

/** Beside src/ and dist/, whichever this file stands in. */
function schemaPath(): string {
  const here = new URL('.', import.meta.url).pathname;
  return `${here.replace(/(?:dist\/)?src\/cli\/verbs\/$/, '')}schemas/topology.schema.json`;
}
