import { LabError, UsageError } from '../../errors.ts';
import { LAB_OPTION } from '../args.ts';
import { took } from '../duration.ts';
import { givenLab, labName } from '../find-lab.ts';
import { interruptible } from '../interrupt.ts';
import { library, type Lab } from '../library.ts';
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
  const started = performance.now();
  const removed = await takeDown(name, wait, output);
  if (output.json || output.quiet) return { lab: name, removed };
  if (removed) output.print(`${output.paint.bold(name)} is down (${took(performance.now() - started)})`);
  else output.print(`${name} is not running: nothing to take down.${await others()}`);
  return { lab: name, removed };
}

async function takeDown(name: string, wait: boolean, output: Output): Promise<boolean> {
  const lab = await openLab(name);
  if (lab === undefined) return false;
  using interrupt = interruptible(output, {
    first: 'interrupted; what has been removed stays removed',
    again: 'still ending what was begun',
  });
  using progress = new ProgressLine(output);
  progress.update({ step: `removing ${name}`, done: 0, total: 0 });
  return await lab.down({ wait, signal: interrupt.signal, onWait: (holder) => output.note(waiting(holder)) });
}

/** Undefined when nothing is left of it: here that is no error. */
async function openLab(name: string): Promise<Lab | undefined> {
  const { Lab } = await library();
  try {
    return await Lab.open(name);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    // One that is there may not be opened; or it has come at just this moment.
    return (await Lab.list()).some(({ lab }) => lab === name) ? Lab.open(name) : undefined;
  }
}

/** A name may have been misspelt. */
async function others(): Promise<string> {
  const { Lab } = await library();
  const labs = await Lab.list();
  return labs.length === 0
    ? ''
    : ` There ${labs.length === 1 ? 'is' : 'are'}: ${labs.map(({ lab }) => lab).join(', ')}.`;
}
