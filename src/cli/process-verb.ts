/** `start`, `stop` and `restart`, which differ in a word. */
import { splitProcess } from '../model/process.ts';
import type { ProcessChange } from '../model/report.ts';
import { LAB_OPTION } from './args.ts';
import { findLab } from './find-lab.ts';
import { interruptible } from './interrupt.ts';
import type { Output } from './output.ts';
import { defineVerb, type Verb } from './verb.ts';
import { waiting } from './words.ts';

/** What one of the three says of itself. */
export interface ProcessVerbPage {
  readonly name: 'start' | 'stop' | 'restart';
  readonly about: string;
  /** Said of a process with which there was nothing to do. */
  readonly nothing: string;
  /** What may fail, besides a name that is not there. */
  readonly fails: string;
}

/** Makes one of the three. */
export function processVerb({ name, about, nothing, fails }: ProcessVerbPage): Verb {
  return defineVerb(
    {
      name,
      usage: `${name} [options] NODE[/PROCESS]…`,
      about: `${about}\nWithout a process all of the node's are meant. Without -l: netlab.yaml in this folder, else the only lab that runs.`,
      options: LAB_OPTION,
      inside: 'option',
      operands: { names: ['NODE[/PROCESS]'], min: 1, max: Infinity },
      examples: [
        { type: `netlab ${name} web`, does: 'all processes of the node web' },
        { type: `netlab ${name} web/nginx db/postgres`, does: 'these two' },
      ],
      exitCodes: [
        ['0', 'done, or nothing to do'],
        ['1', `no such lab, node or process, or ${fails}`],
      ],
    },
    async ({ options, operands, output }) => {
      const lab = await findLab(options.lab);
      using interrupt = interruptible(output, {
        first: 'interrupted; what has been done stays',
        again: 'still ending what was begun',
      });
      const changes = await lab.control(name, operands.map(splitProcess), {
        signal: interrupt.signal,
        onWait: (holder) => output.note(waiting(holder)),
      });
      print(changes, nothing, output);
      return 0;
    },
  );
}

function print(changes: readonly ProcessChange[], nothing: string, output: Output): void {
  if (output.json) output.printJson({ processes: changes });
  else if (!output.quiet) {
    for (const { node, process, did } of changes) {
      output.print(`${output.paint.bold(`${node}/${process}`)} ${did === 'none' ? output.paint.dim(nothing) : did}`);
    }
  }
}
