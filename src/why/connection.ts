/** Connections that a node holds, and that a new one, or an answer, has to do with. */
import { type Connection, mirrored, sameTuple, type Tuple, tupleText } from '../model/connection.ts';
import { connectionOf, connections, tupleOf } from './conntrack.ts';
import { type Evidence, type Finding, finding, type Standing } from './evidence.ts';
import { lastSeen } from './nft-trace.ts';
import type { Visit } from './journey.ts';
import { mappingOf } from './mapping.ts';
import { targetsOf } from './translation.ts';

/**
 * A packet that all filters let through and that never left: after its translation it would be taken for one of another connection's, and the
 * kernel drops it at the very end. So it is where a translation has fewer ports than there are connections.
 */
export function clashing(e: Evidence, { view, direction }: Standing, visit: Visit | undefined): Finding | undefined {
  if (direction !== 'there' || visit?.out !== undefined) return undefined;
  const { node } = view;
  const passage = lastSeen(e.passages.get(node), 'probe');
  if (passage?.hook !== 'postrouting') return undefined;
  const asked = tupleOf(passage.frame);
  if (asked === undefined) return undefined;
  const { protocol, tuple } = asked;
  const holder = connectionOf(view, { ...asked, tuple: mirrored(tuple), isReply: protocol === 'icmp' });
  const own = visit?.in === undefined ? undefined : tupleOf(visit.in.frame)?.tuple;
  if (holder === undefined || own === undefined || sameTuple(holder.original, own)) return undefined;
  return finding(
    'nat-clash',
    { node },
    `${node} translates it into ${tupleText(tuple, protocol)}, which is another connection already: ${tupleText(holder.original, protocol)}; so it is dropped`,
    `give the translation more ports or addresses, or let the other connection end: conntrack -L on ${node} shows what it holds`,
    e.lines.text(node) ?? e.lines.node(node),
  );
}

/** That a node knows no connection to which an answer belongs, for it has not seen what is answered; empty where it knows one. */
export function unrelated(e: Evidence, node: string): string {
  const view = e.views.get(node)!;
  const isThere = e.known.some(({ role, node: by, out }) => role === 'probe' && by === node && !out);
  const came = e.known.find(({ role, node: by, out }) => role === 'answer' && by === node && !out);
  const asked = came === undefined ? undefined : tupleOf(came.frame);
  if (isThere || asked === undefined || connectionOf(view, asked) !== undefined) return '';
  return `; the packet itself did not come through ${node}, so to its connection tracking this is an answer to nothing`;
}

/**
 * Connections of before that are like the probe's and are translated otherwise: each keeps the translation with which it began, whatever the
 * rules say by now. In words.
 */
export function stale(e: Evidence, visit: Visit): string[] {
  const view = e.views.get(visit.node)!;
  const mapping = mappingOf(view, visit, undefined);
  if (mapping === undefined) return [];
  const { before, after, protocol, connection } = mapping;
  if (connection === undefined || connection.original.source !== before.source) return [];
  // Of several targets each connection gets one: that is no leftover.
  const targets = new Set(e.lines.nat(visit.node).flatMap(targetsOf));
  const others = connections(view, before.source.includes(':') ? 6 : 4).filter((each) => {
    const goes = mirrored(each.reply);
    const isElsewhere = goes.destination !== after.destination || portOf(goes) !== portOf(after);
    return (
      isLike(each, connection) && (goes.source !== after.source || (isElsewhere && !targets.has(goes.destination)))
    );
  });
  const [first] = others;
  if (first === undefined) return [];
  const goes = mirrored(first.reply);
  const how = sameTuple(goes, first.original)
    ? 'does not translate it'
    : `translates it into ${tupleText(goes, protocol)}`;
  const more = others.length === 1 ? '' : ` (and ${others.length - 1} more)`;
  return [
    `${visit.node} holds a connection of before, ${tupleText(first.original, protocol)}${more}, and ${how}: each keeps the translation with which it began, whatever the rules say by now. Begin it anew, or end it: conntrack -D -s ${before.source} -d ${before.destination} on ${visit.node}`,
  ];

  function portOf({ destinationPort }: Tuple): number {
    return protocol === 'icmp' ? 0 : destinationPort;
  }
}

/** Between the same two, for the same port. */
function isLike({ protocol, original }: Connection, { protocol: ours, original: our }: Connection): boolean {
  return (
    protocol === ours &&
    original.source === our.source &&
    original.destination === our.destination &&
    (protocol === 'icmp' || original.destinationPort === our.destinationPort)
  );
}
