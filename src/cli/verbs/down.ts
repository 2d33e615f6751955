import { LabError, UsageError } from '../../errors.ts';
import { LAB_OPTION } from '../args.ts';
import { took } from '../duration.ts';
import { givenLab, labName } from '../find-lab.ts';
import { interruptible } from '../interrupt.ts';
import { library } from '../library.ts';
import type { Output } from '../output.ts';
import { ProgressLine } from '../progress.ts';
import { defineVerb } from '../verb.ts';
import { waiting } from '../words.ts';

/** One lab of `down --json`. */
interface Removal {
  readonly lab: string;
  /** False: there was nothing to take down. */
  readonly removed: boolean;
}

/** `netlab down [FILE|NAME]` */
export const verb = defineVerb(
  {
    name: 'down',
    usage: 'down [options] [FILE|NAME]',
    about: [
      "Ends a lab's processes and removes everything that netlab made for it; returns when the kernel has freed",
      'it. Works without the file, after a crash, and twice: the second time there is nothing to do.',
      'Without FILE or NAME: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: {
      all: { type: 'boolean', about: 'every lab' },
      'no-wait': { type: 'boolean', about: 'do not wait until the kernel has freed everything' },
      ...LAB_OPTION,
    },
    operands: { names: ['FILE|NAME'], min: 0, max: 1 },
    examples: [
      { type: 'netlab down pair', does: 'by name' },
      { type: 'netlab down topologies/pair.yaml', does: 'by file' },
      { type: 'netlab down --all', does: 'every lab, dead ones too' },
    ],
  },
  async ({ options, operands, output }) => {
    const given = givenLab(operands[0], options.lab);
    if (options.all && given !== undefined) throw new UsageError('--all means every lab: no name with it');
    const { Lab } = await library();
    const names = options.all ? (await Lab.list()).map(({ lab }) => lab) : [await labName(given)];
    const removals: Removal[] = [];
    const failures: Error[] = [];
    for (const name of names) {
      if (name === undefined) continue;
      try {
        removals.push(await remove(name, !options['no-wait'], output));
      } catch (error) {
        // One lab that resists shall not keep the others: all are tried, then the failures are told.
        if (!options.all || !(error instanceof Error)) throw error;
        failures.push(error);
      }
    }
    if (output.json) output.printJson({ labs: removals });
    else if (removals.length + failures.length === 0 && !output.quiet)
      output.print('No lab is running: nothing to take down.');
    if (failures[1] === undefined && failures[0] !== undefined) throw failures[0];
    if (failures.length > 0) throw new LabError(failures.map(({ message }) => message).join('\n'));
    return 0;
  },
);

async function remove(name: string, wait: boolean, output: Output): Promise<Removal> {
  const { Lab } = await library();
  const labs = (await Lab.list()).map(({ lab }) => lab);
  if (!labs.includes(name)) {
    const others = labs.length === 0 ? '' : ` These run: ${labs.join(', ')}.`;
    if (!output.json && !output.quiet) output.print(`${name} is not running: nothing to take down.${others}`);
    return { lab: name, removed: false };
  }
  const started = performance.now();
  const removed = await takeDown();
  if (!output.json && !output.quiet) {
    const words = removed ? `is down (${took(performance.now() - started)})` : 'is not running: nothing to take down.';
    output.print(`${output.paint.bold(name)} ${words}`);
  }
  return { lab: name, removed };

  async function takeDown(): Promise<boolean> {
    using interrupt = interruptible(output, {
      first: 'interrupted; what has been removed stays removed',
      again: 'still ending what was begun',
    });
    using progress = new ProgressLine(output);
    const lab = await Lab.open(name);
    return await lab.down({
      wait,
      signal: interrupt.signal,
      onProgress: progress.update,
      onWait: (holder) => output.note(waiting(holder)),
    });
  }
}
