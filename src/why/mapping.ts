/** How a node translates what comes through it: as its connection tracking holds it, else as it was seen before and after. */
import { type Connection, mirrored, sameTuple, type Tuple } from '../model/connection.ts';
import { connectionOf, tupleOf } from './conntrack.ts';
import type { IpFrame } from './frame.ts';
import type { Visit } from './journey.ts';
import type { View } from './view.ts';

/** A packet as it came to a node (or began there), and as it went on from it (or ended there). */
export interface Mapping {
  readonly protocol: Connection['protocol'];
  readonly before: Tuple;
  readonly after: Tuple;
  /** Undefined: the node holds none, or its kernel does not tell. */
  readonly connection: Connection | undefined;
}

/** Undefined for what has no ports, and where nothing is known but one end. `passed`: what the node's filters saw of it last. */
export function mappingOf(
  view: View,
  { in: came, out: left }: Visit,
  passed: IpFrame | undefined,
): Mapping | undefined {
  const first = came === undefined ? undefined : tupleOf(came.frame);
  const end = left?.frame ?? passed;
  const last = end === undefined ? undefined : tupleOf(end);
  const { protocol } = first ?? last ?? {};
  if (protocol === undefined) return undefined;
  if (first !== undefined) {
    const connection = connectionOf(view, first);
    const before = first.tuple;
    const after = connection === undefined ? last?.tuple : through(connection, before);
    return after === undefined ? undefined : { protocol, before, after, connection };
  }
  // It begins here: what it was before, an answer to it will be again.
  const { tuple: after, isReply } = last!;
  const connection = connectionOf(view, { ...last!, tuple: mirrored(after), isReply: !isReply && protocol === 'icmp' });
  if (connection === undefined) return undefined;
  const answer = through(connection, mirrored(after));
  return answer === undefined ? undefined : { protocol, before: mirrored(answer), after, connection };
}

/** What becomes of a packet of a connection: one way it is made what is no answer to an answer, and the other way back again. */
function through({ original, reply }: Connection, before: Tuple): Tuple | undefined {
  if (sameTuple(before, original)) return mirrored(reply);
  return sameTuple(before, reply) ? mirrored(original) : undefined;
}

/** `, and writes 10.0.0.1 for 10.1.0.2 as its source, 80 for 8080 as its destination port`; empty where nothing is translated. */
export function mappingText({ before, after, protocol }: Mapping): string {
  const port = protocol === 'icmp' ? 'id' : 'source port';
  const changes: readonly (readonly [what: string, was: string | number, is: string | number])[] = [
    ['source', before.source, after.source],
    [port, before.sourcePort, after.sourcePort],
    ['destination', before.destination, after.destination],
    // An echo has one id, not two ports.
    ...(protocol === 'icmp' ? [] : [['destination port', before.destinationPort, after.destinationPort] as const]),
  ];
  const words = changes.flatMap(([what, was, is]) => (was === is ? [] : [`${is} for ${was} as its ${what}`]));
  return words.length === 0 ? '' : `, and writes ${words.join(', ')}`;
}
