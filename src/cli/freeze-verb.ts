/** `freeze` and `thaw`, which differ in a word. */
import { LAB_OPTION } from './args.ts';
import { findLab } from './find-lab.ts';
import { defineVerb, type Verb } from './verb.ts';
import { waiting } from './words.ts';

/** Makes one of the two. */
export function freezeVerb(name: 'freeze' | 'thaw', about: string, nothing: string): Verb {
  return defineVerb(
    {
      name,
      usage: `${name} [options] NODE…`,
      about: `${about}\nWithout -l: netlab.yaml in this folder, else the only lab that runs.`,
      options: LAB_OPTION,
      inside: 'option',
      operands: { names: ['NODE'], min: 1, max: Infinity },
      examples: [
        { type: `netlab ${name} web`, does: 'all processes of the node web' },
        { type: `netlab ${name} -l shop web db`, does: 'those of two nodes of the lab shop' },
      ],
      exitCodes: [
        ['0', 'done, or nothing to do'],
        ['1', 'no such lab or node, or this machine cannot freeze'],
      ],
    },
    async ({ options, operands, output }) => {
      const lab = await findLab(options.lab);
      const nodes = await lab[name](operands, { onWait: (holder) => output.note(waiting(holder)) });
      if (output.json) output.printJson({ nodes });
      else if (!output.quiet)
        for (const { node, did } of nodes)
          output.print(`${output.paint.bold(node)} ${did === 'none' ? output.paint.dim(nothing) : did}`);
      return 0;
    },
  );
}
