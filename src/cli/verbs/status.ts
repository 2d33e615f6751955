import { LAB_OPTION } from '../args.ts';
import { findLab, givenLab } from '../find-lab.ts';
import { namespacesText } from '../namespaces.ts';
import { statusStyle, statusText } from '../status.ts';
import { defineVerb } from '../verb.ts';

/** `netlab status [FILE|NAME]` */
export const verb = defineVerb(
  {
    name: 'status',
    usage: 'status [options] [FILE|NAME]',
    about: [
      'Shows one lab as the kernel has it now: each interface with its state, addresses and far end, each process',
      'with its pid, state and uptime. A loopback that has only its usual addresses is left out. --verbose adds MACs,',
      'MTUs, indexes, logs and namespaces; --quiet prints the names of the nodes alone.',
      'Without -l: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: {
      ...LAB_OPTION,
      namespaces: { type: 'boolean', about: 'the number of each namespace, as lsns shows them' },
    },
    operands: { names: ['FILE|NAME'], min: 0, max: 1 },
    inside: 'lab',
    examples: [
      { type: 'netlab status -l pair -v', does: 'a lab by name, with everything' },
      { type: 'netlab status --namespaces', does: 'which namespaces nodes and processes are in' },
      { type: 'netlab status --json pair', does: 'for programs' },
    ],
  },
  async ({ options, operands, output }) => {
    const lab = await findLab(givenLab(operands[0], options.lab));
    const status = await lab.status({ namespaces: options.namespaces });
    if (output.json) output.printJson(status);
    else if (output.quiet) {
      for (const { name } of status.members.filter(({ role }) => role === 'node')) output.print(name);
    } else
      output.print(options.namespaces ? namespacesText(status, output.paint) : statusText(status, statusStyle(output)));
    return 0;
  },
);
