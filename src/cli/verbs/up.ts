import { InterruptedError } from '../../errors.ts';
import type { UpReport } from '../../model/report.ts';
import { STRICT_OPTION } from '../args.ts';
import { nextSteps, upText } from '../changes.ts';
import { isDefaultLab, topologyFile } from '../find-lab.ts';
import { interruptedText, interruptible } from '../interrupt.ts';
import { library } from '../library.ts';
import { noteWarnings } from '../problems.ts';
import { ProgressLine } from '../progress.ts';
import { defineVerb } from '../verb.ts';
import { waiting } from '../words.ts';

/** `netlab up [FILE]` */
export const verb = defineVerb(
  {
    name: 'up',
    usage: 'up [options] [FILE]',
    about: [
      'Makes the kernel equal to the file: creates what is missing, changes in place what differs, removes what',
      'the file no longer has; then starts the processes and waits until they are ready. A second time it finds',
      'nothing to do. If it fails, or is interrupted with Ctrl-C, it undoes what it did. With --watch it goes on: it',
      'repairs what is damaged, follows edits of the file, and ends with Ctrl-C or `down`; the lab stays up.',
      'FILE is netlab.yaml in this folder unless given; - reads standard input; a .mjs or .js file is a program whose',
      'default export is the topology, or a function that returns it.',
    ].join(' '),
    options: {
      keep: { type: 'boolean', about: 'after a failure, leave everything as it is' },
      prune: {
        type: 'boolean',
        about: 'remove what others made in the nodes, too',
      },
      watch: { type: 'boolean', about: 'go on: repair what is damaged, follow edits' },
      ...STRICT_OPTION,
    },
    operands: { names: ['FILE'], min: 0, max: 1 },
    inside: 'up',
    examples: [
      { type: 'netlab up topologies/pair.yaml', does: 'make a lab, or bring it in line with its edited file' },
      { type: 'netlab up --watch lab.yaml', does: 'keep the lab as its file says, until Ctrl-C' },
      { type: 'netlab up --keep lab.yaml', does: 'leave a lab that fails as it is, to look at it' },
    ],
    exitCodes: [
      ['0', 'the lab is as the file says'],
      ['1', 'something failed; what had been done is undone (--keep: kept)'],
      ['2', 'the file is wrong; nothing has been touched'],
      ['130', 'interrupted; what had been done is undone'],
    ],
  },
  async ({ options, operands, output }) => {
    const file = topologyFile(operands[0]);
    const { keep, prune, strict } = options;
    if (options.watch) {
      const { watchLab } = await import('../watch.ts');
      return watchLab({ file, keep, prune, strict, onUp: tell }, output);
    }
    const { Lab } = await library();
    let isUp = false;
    // Until the end: what comes when the lab is up must not make it look as if it were not.
    using interrupt = interruptible(output, {
      get first() {
        if (isUp) return 'the lab is up already';
        return options.keep ? 'interrupted, stopping …' : 'interrupted, undoing what was done …';
      },
      get again() {
        if (isUp) return 'the lab is up already';
        return options.keep ? 'still stopping' : 'still undoing; this ends by itself';
      },
    });
    const report = await make();
    isUp = true;
    if (report !== undefined) await tell(report);
    return 0;

    async function tell(report: UpReport): Promise<void> {
      noteWarnings(report.warnings, output);
      if (output.json) output.printJson(report);
      else if (!output.quiet) {
        output.print(upText(report, output));
        if (report.created) output.note(`\n${await hints(report)}`);
      }
    }

    async function make(): Promise<UpReport | undefined> {
      using progress = new ProgressLine(output);
      try {
        const lab = await Lab.up(file, {
          signal: interrupt.signal,
          keep: options.keep,
          prune: options.prune,
          strict: options.strict,
          detach: true,
          onProgress: progress.update,
          onWait: (holder) => output.note(waiting(holder)),
        });
        return lab.report;
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw error;
        throw new InterruptedError(interruptedText(error, options.keep));
      }
    }

    async function hints({ lab, changes }: UpReport): Promise<string> {
      const node = changes.find(({ kind }) => kind === 'namespace')?.node;
      return nextSteps(lab, node, (await isDefaultLab(file)) ? '' : ` -l ${lab}`, output.notePaint);
    }
  },
);
