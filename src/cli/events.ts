/** The events of a lab as lines for people. */
import type { EventAction, LabEvent } from '../model/event.ts';
import { clock } from './clock.ts';
import type { Palette } from './color.ts';

const COLORS: Readonly<Record<string, 'green' | 'yellow' | 'red' | 'dim'>> = {
  present: 'dim',
  added: 'green',
  changed: 'yellow',
  removed: 'red',
  started: 'green',
  ready: 'green',
  exited: 'yellow',
  failed: 'red',
};

/** One line, without its newline: when, what became of it, and what. */
export function eventLine(event: LabEvent, paint: Palette): string {
  const action = 'action' in event ? event.action : '';
  const color = COLORS[action];
  const word = action.padEnd('present'.length);
  return `${paint.dim(clock(new Date(event.time)))}  ${color === undefined ? word : paint[color](word)}  ${words(event)}`;
}

function words(event: LabEvent): string {
  switch (event.event) {
    case 'lab':
      return `the lab ${event.lab}`;
    case 'node':
      return `node ${event.node}`;
    case 'link':
      return linkWords(event);
    case 'address':
      return `address ${event.address} on ${event.node}:${event.link}`;
    case 'route':
      return `route ${event.route} on ${event.node}`;
    case 'process':
      return `process ${event.node}/${event.process}${how(event)}`;
    case 'init':
      return `PID 1 of ${event.node}`;
    case 'limit':
      return `limit of ${event.node}${event.process === '' ? '' : `/${event.process}`} met: ${event.limit}, ${event.count} times`;
    case 'synced':
      return 'that was all; now what changes';
    case 'resync':
      return 'more happened than could be heard; what is different now follows';
    case 'end':
      return { down: 'the lab has been taken down', died: 'the keeper of the lab has died', interrupted: 'the end' }[
        event.reason
      ];
  }
}

function linkWords({
  node,
  link,
  type,
  state,
  cut,
  mtu,
  master,
  peer,
  action,
}: Extract<LabEvent, { event: 'link' }>): string {
  const facts = [
    ...(type === 'veth' ? [] : [type]),
    cut ? 'cut' : state,
    ...(peer === null ? [] : [`peer ${peer}`]),
    ...(master === null ? [] : [`master ${master}`]),
    `mtu ${mtu}`,
  ];
  return `link ${node}:${link}${action === ('removed' satisfies EventAction) ? '' : ` ${facts.join(' ')}`}`;
}

function how({ action, state, ready, code = 0, signal = 0 }: Extract<LabEvent, { event: 'process' }>): string {
  if (action === 'exited') return signal === 0 ? ` with ${code}` : ` by signal ${signal}`;
  return action === 'present' ? ` ${state}${ready === true ? ', ready' : ''}` : '';
}
