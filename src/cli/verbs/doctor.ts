import type { DoctorReport, Finding } from '../../model/report.ts';
import type { Palette } from '../color.ts';
import { library } from '../library.ts';
import { pad } from '../table.ts';
import { defineVerb } from '../verb.ts';

/** `netlab doctor [FILE]` */
export const verb = defineVerb(
  {
    name: 'doctor',
    usage: 'doctor [options] [FILE]',
    about: [
      'Says what this machine offers to labs: kernel, rights, link types, nftables, tools, limits; with FILE, whether it',
      'is enough for that lab. What is missing comes with what to do about it. Finds what is left of labs that died,',
      'and with --fix removes it; labs that run are never touched.',
    ].join(' '),
    options: { fix: { type: 'boolean', about: 'remove what is left of dead labs' } },
    operands: { names: ['FILE'], min: 0, max: 1 },
    examples: [
      { type: 'netlab doctor', does: 'can labs run here?' },
      { type: 'netlab doctor topologies/fat-tree-k4.yaml', does: 'can this one?' },
      { type: 'netlab doctor --fix', does: 'after a crash: tidy up' },
    ],
    exitCodes: [
      ['0', 'labs can run here'],
      ['1', 'something is missing without which they cannot'],
    ],
  },
  async ({ options, operands, output }) => {
    const { Lab } = await library();
    const report = await Lab.doctor(operands[0], { fix: options.fix });
    if (output.json) output.printJson(report);
    else if (!output.quiet) output.print(doctorText(report, output.paint));
    return report.able ? 0 : 1;
  },
);

const MARKS: Readonly<Record<Finding['state'], readonly [mark: string, color: 'green' | 'yellow' | 'red']>> = {
  ok: ['✔', 'green'],
  absent: ['–', 'yellow'],
  missing: ['✘', 'red'],
};

/** One line a finding, and what to do below it. */
function doctorText({ able, findings, leftovers }: DoctorReport, paint: Palette): string {
  const lines = findings.flatMap(({ check, state, found, advice }) => {
    const [mark, color] = MARKS[state];
    return [`${paint[color](mark)} ${pad(check, 20)}${found}`, ...(advice === undefined ? [] : [`    ${advice}`])];
  });
  const left = leftovers.map(({ lab, running, what, removed }) => {
    if (removed) return `${paint.green('✔')} ${lab ?? 'unpacked roots'}: removed ${what.join(', ')}`;
    if (running === true)
      return `${paint.yellow('–')} ${lab} runs, ${what.join(', ')}\n    remove it: netlab doctor --fix, or netlab down ${lab}`;
    return lab === null
      ? `${paint.yellow('–')} unpacked roots that no lab uses: ${what.join(', ')}\n    remove them: netlab doctor --fix`
      : `${paint.yellow('–')} ${lab} is dead and has left ${what.join(', ')}\n    remove it: netlab doctor --fix, or netlab down ${lab}`;
  });
  const end = able ? 'Labs can run here.' : 'Labs cannot run here.';
  return [...lines, ...left, '', paint.bold(end)].join('\n');
}
