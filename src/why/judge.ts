/** What became of a probe: its two ways, and the first thing that stopped it. */
import type { WhyCause } from '../model/why.ts';
import { duplicateAddress, type Evidence, type Finding, finding } from './evidence.ts';
import { visits } from './journey.ts';
import type { Sent } from './probe.ts';
import type { Known } from './recognise.ts';
import { follow, unanswered, type Way } from './stop.ts';
import { translated } from './translation.ts';
import { mistaken, usurped } from './twins.ts';

/** Both ways of a probe. */
export interface Judged {
  readonly there: Way;
  readonly back: Way;
  /** Null: it was answered. */
  readonly cause: Stop | null;
}

/** A cause, and what may turn out to be behind it. */
export type Stop = WhyCause & Pick<Finding, 'doubt'>;

/** What is to be judged. */
export interface Case {
  readonly from: string;
  readonly address: string;
  readonly sent: Sent;
  /** The node that is meant, when one is named. */
  readonly target: string | undefined;
}

/** Follows the packet, and then the answer, to where they were seen last. */
export function judge(e: Evidence, { from, address, sent, target }: Case): Judged {
  const there: Way = {
    direction: 'there',
    visits: visits(e.known, 'probe', e.views),
    node: from,
    source: '',
    destination: address,
  };
  const answers = visits(e.known, 'answer', e.views);
  const end = there.visits.at(-1);
  const back: Way = {
    direction: 'back',
    visits: answers,
    node: end?.node ?? from,
    source: end?.in?.frame.destination ?? address,
    destination: end?.in?.frame.source ?? address,
  };
  const caused = (direction: WhyCause['direction'], found: Finding): Judged => ({
    there,
    back,
    cause: translated(e, { ...found, direction }, there.visits, address),
  });
  if (sent.answered) {
    const other = elsewhere(e, there, target, address);
    return other === undefined ? { there, back, cause: null } : caused('there', other);
  }
  const way = follow(e, there);
  if ('stopped' in way)
    return caused('there', way.stopped.node === end?.node ? (mistaken(e, there) ?? way.stopped) : way.stopped);
  const silent = unanswered(e, way, answers);
  if (silent !== undefined) return caused('there', silent);
  const answer = follow(e, {
    ...back,
    node: way.arrived.view.node,
    source: way.arrived.destination,
    destination: way.arrived.source,
  });
  if ('stopped' in answer) return caused('back', answer.stopped);
  const { node } = answer.arrived.view;
  const other = node === from ? undefined : usurped(e, answer.arrived.destination, node);
  if (other !== undefined) return caused('back', other);
  const past = bypassed(e, there, answers.at(-1)?.in);
  if (past !== undefined) return caused('back', past);
  const lost = finding(
    'unknown',
    { node },
    `the answer came to ${node} and was not handed to the socket; it is none of the causes that netlab knows`,
    'netlab capture shows what comes by',
    e.lines.node(node),
  );
  return caused('back', lost);
}

/** The answer came, and from another address than the one that was asked: past the node that has translated that. */
function bypassed(e: Evidence, { visits: list, destination }: Way, came: Known | undefined): Finding | undefined {
  const from = came?.frame.source;
  const node = list.find(({ out }) => out !== undefined && out.frame.destination !== destination)?.node;
  if (from === undefined || from === destination || node === undefined) return undefined;
  const sender = list[0]!.node;
  return finding(
    'nat-bypassed',
    { node },
    `${node} has written ${from} for ${destination}, and the answer goes from ${from} straight to ${sender}, past ${node}, which alone could write it back: ${sender} knows of no connection with ${from}`,
    `let ${node} translate the source, too (publish: does that, or masquerade), so that answers come back to it`,
    e.lines
      .nat(node)
      .map(({ at }) => e.lines.at(at))
      .find((place) => place !== null) ??
      e.lines.text(node) ??
      e.lines.node(node),
  );
}

/** It was answered, but by another node than the one that is meant. */
function elsewhere(
  e: Evidence,
  { visits: list }: Way,
  target: string | undefined,
  address: string,
): Finding | undefined {
  const end = list.at(-1);
  if (end === undefined || target === undefined || end.node === target || end.in?.frame.destination !== address)
    return undefined;
  const nodes = [...new Set(e.lans.ownersOf(address).map(({ port }) => port.node))];
  if (nodes.length < 2) return undefined;
  const view = e.views.get(end.node);
  return duplicateAddress(
    e,
    { node: end.node, name: view?.name(view.held.find((held) => held.address === address)?.index) },
    address,
    `${nodes.join(' and ')} both have ${address}: ${end.node} answered, and ${target} was meant`,
  );
}
