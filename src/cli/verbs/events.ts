import { isatty } from 'node:tty';

import type { EventsEnd } from '../../model/event.ts';
import { LAB_OPTION } from '../args.ts';
import { eventLine } from '../events.ts';
import { findLab, givenLab } from '../find-lab.ts';
import { interruptible } from '../interrupt.ts';
import { defineVerb } from '../verb.ts';

/** `netlab events [FILE|NAME]` */
export const verb = defineVerb(
  {
    name: 'events',
    usage: 'events [options] [FILE|NAME]',
    about: [
      'Prints what a lab is, and then what changes in it as it happens: nodes, links, addresses, routes, and processes that start, are',
      'ready or end. A line each on a terminal; into a pipe, and with --json, an object each: what was there (`present`), then `synced`,',
      'then changes, and `end` with its reason when the lab goes. Ctrl-C ends it. What has flickered for some milliseconds is not told.',
      'Without -l: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: LAB_OPTION,
    operands: { names: ['FILE|NAME'], min: 0, max: 1 },
    inside: 'lab',
    examples: [
      { type: 'netlab events pair', does: 'look on while something else changes the lab' },
      { type: 'netlab events -l pair --json', does: 'for programs' },
    ],
    exitCodes: [
      ['0', 'interrupted, or the lab was taken down'],
      ['1', 'there is no such lab, or its keeper died'],
    ],
  },
  async ({ options, operands, output }) => {
    const lab = await findLab(givenLab(operands[0], options.lab));
    const forPeople = !output.json && isatty(1);
    let reason: EventsEnd = 'interrupted';
    using interrupt = interruptible(output, { first: 'no more is listened to', again: 'this ends by itself' });
    for await (const event of lab.events({ signal: AbortSignal.any([interrupt.signal, output.closed]) })) {
      output.print(forPeople ? eventLine(event, output.paint) : JSON.stringify(event));
      if (event.event === 'end') ({ reason } = event);
    }
    return reason === 'died' ? 1 : 0;
  },
);
