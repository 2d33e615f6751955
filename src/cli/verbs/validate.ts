import type { Problem } from '../../errors.ts';
import { STRICT_OPTION } from '../args.ts';
import { topologyFile } from '../find-lab.ts';
import { library } from '../library.ts';
import type { Output } from '../output.ts';
import { problemLines, verdict } from '../problems.ts';
import { defineVerb } from '../verb.ts';

/** `netlab validate [FILE…]` */
export const verb = defineVerb(
  {
    name: 'validate',
    usage: 'validate [options] [FILE…]',
    about: [
      'Checks topology files alone: needs no root and touches nothing. All problems of all files are printed, each',
      'with file:line:column, what was found and what was expected. FILE as for `up`; there may be many.',
    ].join(' '),
    options: STRICT_OPTION,
    operands: { names: ['FILE'], min: 0, max: Infinity },
    examples: [
      { type: 'netlab validate topologies/pair.yaml', does: 'one file' },
      { type: 'netlab validate topologies/*.yaml', does: 'many; one line each' },
      { type: 'netlab validate --json lab.yaml', does: 'the problems for an editor or for CI' },
    ],
    exitCodes: [
      ['0', 'no errors; with --strict no warnings either'],
      ['2', 'at least one file has an error (with --strict: or a warning)'],
    ],
  },
  async ({ options, operands, output }) => {
    const files = operands.length > 0 ? operands : [topologyFile(undefined)];
    const { Lab } = await library();
    const problems = await Lab.validate(files);
    const valid = !problems.some(({ severity }) => options.strict || severity === 'error');
    if (output.json) output.printJson({ valid, files, problems });
    else {
      for (const file of new Set(files)) {
        const own = problems.filter((problem) => problem.file === file);
        tell(file, own, output, options.strict);
      }
    }
    return valid ? 0 : 2;
  },
);

/** The problems on standard error, as `up` prints them; the verdict on standard output. */
function tell(file: string, problems: readonly Problem[], output: Output, strict: boolean): void {
  if (problems.length > 0) output.error(problemLines(problems, output.notePaint));
  if (!output.quiet) output.print(verdict(file, problems, output.paint, strict));
}
