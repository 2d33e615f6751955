import { STRICT_OPTION } from '../args.ts';
import { planText } from '../changes.ts';
import { topologyFile } from '../find-lab.ts';
import { library } from '../library.ts';
import { noteWarnings } from '../problems.ts';
import { defineVerb } from '../verb.ts';

/** `netlab plan [FILE]` */
export const verb = defineVerb(
  {
    name: 'plan',
    usage: 'plan [options] [FILE]',
    about: [
      'Prints what `up` would do, with the reason for each change, and changes nothing:',
      '+ create, ~ update in place (from → to), ± replace, - remove. What stands in the nodes and was made by',
      'somebody else is listed apart; `up` leaves it alone. FILE as for `up`. With --explain the plan is a script of',
      'ip, bridge, sysctl and nft commands, with the line of the file that asks for each: run by sh as root it',
      'gives the same lab, but for its processes, which stand as comments.',
    ].join(' '),
    options: {
      explain: { type: 'boolean', about: 'print a script of ip, bridge, sysctl and nft commands' },
      prune: { type: 'boolean', about: 'plan for up --prune, which removes what others made' },
      'exit-code': { type: 'boolean', about: 'exit with 3 when there is something to change' },
      ...STRICT_OPTION,
    },
    operands: { names: ['FILE'], min: 0, max: 1 },
    inside: 'topology',
    examples: [
      { type: 'netlab plan topologies/pair.yaml', does: 'what would change' },
      { type: 'netlab plan --exit-code -q lab.yaml', does: 'for scripts: does the lab still equal its file?' },
      { type: 'netlab plan --explain topologies/pair.yaml', does: 'the same by hand: a script for sh' },
    ],
    exitCodes: [
      ['0', 'done; with --exit-code: nothing to change'],
      ['3', 'with --exit-code: there is something to change'],
    ],
  },
  async ({ options, operands, output }) => {
    const file = topologyFile(operands[0]);
    const { Lab } = await library();
    const plan = await Lab.plan(file, {
      explain: options.explain,
      prune: options.prune,
      strict: options.strict,
    });
    noteWarnings(plan.warnings, output);
    if (output.json) output.printJson(plan);
    else if (plan.script !== undefined) output.print(plan.script);
    else if (!output.quiet) output.print(planText(plan, output));
    return options['exit-code'] && plan.changes.length > 0 ? 3 : 0;
  },
);
