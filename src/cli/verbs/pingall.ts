import { LAB_OPTION } from '../args.ts';
import { findLab } from '../find-lab.ts';
import { interruptible } from '../interrupt.ts';
import { FAMILY_OPTIONS, familyOf, span } from '../numbers.ts';
import { failingLines, matrix, pingallSummary } from '../pingall.ts';
import { defineVerb } from '../verb.ts';

/** `netlab pingall` */
export const verb = defineVerb(
  {
    name: 'pingall',
    usage: 'pingall [options] [NODE…]',
    about: [
      'Asks by ICMP whether each node reaches each other one, all pairs and both ways, and prints the matrix: rows ask, columns are',
      'asked; `.` is answered, `X` is not. A line for each pair that failed follows, with the reason where the network or the kernel',
      'gives one. Nodes without an address are left out. With operands only those nodes. --quiet prints the failing pairs alone.',
      'Where there are more neighbours than the machine has room for (net.ipv4.neigh.default.gc_thresh3), pairs are asked in groups.',
      'Without -l: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: {
      ...LAB_OPTION,
      timeout: { type: 'string', short: 'W', value: 'TIME', about: 'for an answer: 1s unless said' },
      ...FAMILY_OPTIONS,
    },
    inside: 'option',
    operands: { names: ['NODE'], min: 0, max: Infinity },
    examples: [
      { type: 'netlab pingall', does: 'the only lab that runs' },
      { type: 'netlab pingall -6 -W 4s r1 r2 r3', does: 'three nodes over IPv6, with time for "host unreachable"' },
      { type: 'netlab pingall -q -l campus', does: 'the failing pairs of the lab campus alone' },
    ],
    exitCodes: [
      ['0', 'every pair was answered'],
      ['1', 'one was not; no such lab or node'],
      ['130', 'interrupted'],
    ],
  },
  async ({ options, operands, output }) => {
    const family = familyOf(options);
    const timeout = span('-W', options.timeout);
    const lab = await findLab(options.lab);
    using interrupt = interruptible(output, { first: 'interrupted', again: 'ending' });
    const report = await lab.pingall({
      ...(operands.length === 0 ? {} : { nodes: operands }),
      ...(family === undefined ? {} : { family }),
      ...(timeout === undefined ? {} : { timeout }),
      signal: interrupt.signal,
    });
    if (output.json) output.printJson(report);
    else {
      if (!output.quiet) output.print(matrix(report, output.paint));
      const lines = failingLines(report);
      if (lines.length > 0) output.print(`${output.quiet ? '' : '\n'}${lines.join('\n')}`);
      if (!output.quiet) output.print(`\n${pingallSummary(report)}`);
    }
    if (interrupt.signal.aborted) return 130;
    return report.failed === 0 ? 0 : 1;
  },
);
