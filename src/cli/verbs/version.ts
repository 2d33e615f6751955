import { release } from 'node:os';

import { packageVersion } from '../../sys/package-version.ts';
import { defineVerb } from '../verb.ts';

/** `netlab version` */
export const verb = defineVerb(
  {
    name: 'version',
    usage: 'version',
    about: 'Prints the version of netlab; with --verbose also those of Node and of the kernel.',
    options: {},
    operands: { names: [], min: 0, max: 0 },
    examples: [
      { type: 'netlab version', does: 'netlab and its version' },
      { type: 'netlab version --json', does: 'all three versions, for programs' },
    ],
  },
  async ({ output }) => {
    const facts = { version: packageVersion(), node: process.versions.node, kernel: release() };
    if (output.json) output.printJson(facts);
    else output.print(`netlab ${facts.version}${output.verbose ? `, node ${facts.node}, Linux ${facts.kernel}` : ''}`);
    return 0;
  },
);
