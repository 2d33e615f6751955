import { UsageError } from '../../errors.ts';
import type { LinkChange } from '../../model/report.ts';
import { nearest, oneOf } from '../../topology/words.ts';
import { LAB_OPTION } from '../args.ts';
import { findLab } from '../find-lab.ts';
import { defineVerb } from '../verb.ts';
import { waiting } from '../words.ts';

const VERBS = ['up', 'down', 'reset'] as const;

/** `netlab link up|down|reset NODE:IF…` */
export const verb = defineVerb(
  {
    name: 'link',
    usage: 'link up|down|reset [options] NODE:IF…',
    about: [
      'Cuts and mends links while the lab runs. `down` sets one end down, and the far end of a cable loses its carrier;',
      '`up` sets it up again, with the addresses and routes that the kernel had dropped; `reset` makes it what it was before.',
      'NODE may be a bridge (NODE:IF is a port then) or host. `status` and `plan` tell of a cut link, `up --watch`',
      'leaves it so, and the next `up` mends it. Without -l: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: LAB_OPTION,
    inside: 'option',
    operands: { names: ['up|down|reset', 'NODE:IF'], min: 2, max: Infinity },
    examples: [
      { type: 'netlab link down r1:eth0', does: 'pull the cable at r1' },
      { type: 'netlab link down -l campus core:r1 core:r2', does: 'two ports of the bridge core, in the lab campus' },
      { type: 'netlab link reset r1:eth0 core:r1', does: 'plug them in again' },
    ],
    exitCodes: [
      ['0', 'done, or nothing to do'],
      ['1', 'no such lab, node or interface, or the kernel refused'],
    ],
  },
  async ({ options, operands: [word = '', ...ends], output }) => {
    const chosen = VERBS.find((each) => each === word);
    if (chosen === undefined) throw unknown(word);
    for (const end of ends)
      if (!/^[^:]+:[^:]+$/.test(end)) throw new UsageError(`found ${JSON.stringify(end)}, expected NODE:IF`);
    const lab = await findLab(options.lab);
    const links = await lab.link(...ends)[chosen]({ onWait: (holder) => output.note(waiting(holder)) });
    if (output.json) output.printJson({ links });
    else if (!output.quiet) for (const each of links) output.print(line(each, chosen, output.paint));
    return 0;
  },
);

function unknown(word: string): UsageError {
  if (word === 'set') return new UsageError("'link set' (impairment) is not supported yet by this version");
  const best = nearest(word, VERBS);
  const hint = best === undefined ? '' : `; did you mean ${best}?`;
  return new UsageError(`found ${JSON.stringify(word)}, expected ${oneOf(VERBS)}${hint}`);
}

const NOTHING = { up: 'is up already', down: 'is down already', reset: 'is as it was' } as const;

function line(
  { node, link, did }: LinkChange,
  word: (typeof VERBS)[number],
  paint: { bold(text: string): string; dim(text: string): string },
): string {
  const done = { cut: 'is cut', raised: 'is up', reset: 'is as it was before', none: paint.dim(NOTHING[word]) };
  return `${paint.bold(`${node}:${link}`)} ${done[did]}`;
}
