/** The first thing that stopped a probe: from where it was seen last, what the kernel there decides, and what lies before it. */
import { RTN } from '../netlink/constants.ts';
import { refusalWords } from '../probe/reason.ts';
import type { Direction } from '../model/why.ts';
import { clashing } from './connection.ts';
import { undelivered } from './delivery.ts';
import { type Evidence, type Finding, finding, type Standing } from './evidence.ts';
import { filtered } from './filters.ts';
import { hidden } from './hidden.ts';
import type { Visit } from './journey.ts';
import { down, type Leg } from './leg.ts';
import { legFinding } from './next-hop.ts';
import { lastSeen } from './nft-trace.ts';
import { isReset, type Known } from './recognise.ts';
import { refusal } from './routing.ts';
import { carried } from './tunnel.ts';
import type { Decision } from './view.ts';

/** So often a packet comes through one node only when it goes round. */
const ROUNDS = 4;

/** What is said where nothing on the LAN itself explains it. */
const VAGUE: ReadonlySet<string> = new Set(['neighbour-unanswered', 'unknown']);

/** One of the two ways. */
export interface Way {
  readonly direction: Direction;
  readonly visits: readonly Visit[];
  /** Where it begins. */
  readonly node: string;
  /** Where it is to go to; of the answer, whom it is for. */
  readonly source: string;
  readonly destination: string;
}

/** What became of it: it stopped, for some reason, or it came to a node that has the address. */
export type Outcome = { readonly stopped: Finding } | { readonly arrived: Standing; readonly type: number | undefined };

/** Follows a way to its end. */
export function follow(e: Evidence, way: Way): Outcome {
  const role = way.direction === 'there' ? 'probe' : 'answer';
  const round = goesRound(e, way);
  if (round !== undefined) return { stopped: round };
  if (way.direction === 'there' && isMulticast(way.destination))
    return { stopped: toMany(e, way.node, way.destination, 'a multicast address') };
  const last = way.visits.at(-1);
  const at = standing(e, way, last);
  const { view } = at;
  const drop = filtered(e, view.node, role);
  if (drop !== undefined) return { stopped: drop };
  const left = last?.out;
  const decision = view.decide({
    destination: at.destination,
    ...(at.iif === undefined ? {} : { iif: at.iif, source: at.source }),
  });
  if (left === undefined) {
    const refused = refusal(e, at, decision);
    if (refused !== undefined) return { stopped: refused };
    if (decision.type === RTN.LOCAL && last === undefined) return { stopped: withinItself(e, at) };
    if (decision.type === RTN.LOCAL || (decision.type === RTN.BROADCAST && at.iif !== undefined))
      return { arrived: at, type: decision.type };
    const early = beforeLeaving(e, at, decision);
    if (early !== undefined) return { stopped: early };
    const clash = clashing(e, at, last);
    if (clash !== undefined) return { stopped: clash };
  }
  const leg = legOf(e, at, decision, left);
  const before = leg === undefined ? undefined : legFinding(e, at, leg);
  const stopped = before ?? said(e, way.direction) ?? unknown(e, way, at, left);
  if (leg === undefined || !VAGUE.has(stopped.word)) return { stopped };
  const below = carried(e, leg, stopped);
  return { stopped: VAGUE.has(below.word) && below.doubt?.underlay === undefined ? hidden(e, at, leg, below) : below };
}

function standing(e: Evidence, { direction, node, source, destination }: Way, last: Visit | undefined): Standing {
  const view = e.views.get(last?.node ?? node)!;
  const came = last?.in;
  const known = last?.out ?? came;
  // Filters translate addresses before the kernel looks for a route.
  const behind =
    last?.out === undefined
      ? lastSeen(e.passages.get(view.node), direction === 'there' ? 'probe' : 'answer')
      : undefined;
  return {
    direction,
    view,
    iif: came?.index,
    source: came?.frame.source ?? known?.frame.source ?? source,
    destination: behind?.frame.destination ?? known?.frame.destination ?? destination,
    // What is too long for its sender's own interface was never seen.
    length: known === undefined && direction === 'there' ? e.mark.length : known?.frame.length,
    ttl: came?.frame.ttl,
  };
}

/** Two routers, or more, each of which takes another for the right way. */
function goesRound(e: Evidence, { visits }: Way): Finding | undefined {
  const counts = new Map<string, number>();
  for (const { node } of visits) counts.set(node, (counts.get(node) ?? 0) + 1);
  const [node] = [...counts].find(([, count]) => count >= ROUNDS) ?? [];
  if (node === undefined) return undefined;
  const circle = [...counts].flatMap(([each, count]) => (count > 1 ? [each] : []));
  const places = circle.map((each) => {
    const visit = visits.find((one) => one.node === each && one.out !== undefined);
    const destination = visit?.out?.frame.destination;
    const view = e.views.get(each)!;
    const decision = destination === undefined ? undefined : view.decide({ destination });
    return { node: each, prefix: decision?.match?.prefix };
  });
  const first = places[0]!;
  return finding(
    'routing-loop',
    { node: first.node },
    `it goes round between ${circle.join(' and ')} until its time to live is over: ${places.map((each) => `${each.node} has a route ${each.prefix ?? 'back'} toward the next`).join(', ')}`,
    'one of these routes must lead elsewhere',
    places
      .map((each) => (each.prefix === undefined ? null : e.lines.route(each.node, each.prefix)))
      .find((place) => place !== null) ?? e.lines.node(first.node),
  );
}

/** An address of its own, and not even lo has seen the packet. */
function withinItself(e: Evidence, { view, destination }: Standing): Finding {
  const lo = view.ports.find(({ name }) => name === 'lo');
  if (lo?.up === false) return down(e, { word: 'link-down', port: lo });
  return finding(
    'unknown',
    { node: view.node },
    `${destination} is an address of ${view.node} itself, and the packet was not seen on lo; it is none of the causes that netlab knows`,
    `netlab exec ${view.node} -- ip address`,
    e.lines.node(view.node),
  );
}

function isMulticast(address: string): boolean {
  return /^(?:22[4-9]|23\d)\.|^ff[0-9a-f]{2}:/.test(address);
}

function toMany(e: Evidence, node: string, address: string, what: string): Finding {
  return finding(
    'broadcast-address',
    { node },
    `${address} is ${what}: it is no address of one node`,
    'name the address of one node',
    e.lines.node(node),
  );
}

/** What a router does before it sends: it counts, and it measures. */
function beforeLeaving(e: Evidence, at: Standing, decision: Decision): Finding | undefined {
  const { view, iif, ttl, length } = at;
  const { node } = view;
  if (decision.type === RTN.BROADCAST)
    return toMany(e, node, at.destination, `the broadcast address of a network of ${node}`);
  if (iif !== undefined && ttl !== undefined && ttl <= 1)
    return finding(
      'ttl',
      { node, name: view.name(iif) },
      `the packet's time to live was over when it came to ${node}: the way is longer than the sender allows`,
      'raise net.ipv4.ip_default_ttl (64 unless said) on the sender',
      e.lines.sysctl(at.direction === 'there' ? e.sender : node, 'net.ipv4.ip_default_ttl'),
    );
  const port = view.port(decision.oif);
  const mtu = Math.min(decision.match?.mtu ?? Infinity, port?.mtu ?? Infinity);
  if (port !== undefined && length !== undefined && length > mtu)
    return finding(
      'mtu',
      port,
      `a packet of ${length} bytes that may not be cut does not fit through ${node}:${port.name}, whose MTU is ${mtu}`,
      `raise the mtu of ${node}:${port.name}, or send less at once`,
      e.lines.interface(node, port.name, 'mtu'),
    );
  return undefined;
}

function legOf(e: Evidence, at: Standing, decision: Decision, left: Known | undefined): Leg | undefined {
  const port = at.view.port(left?.index ?? decision.oif);
  if (port === undefined) return undefined;
  // Of several next hops the one that was taken is known by where the frame went.
  const entry = at.view
    .neighbours()
    .find(({ header, attrs }) => left?.mac !== undefined && header.ifindex === port.index && attrs.lladdr === left.mac);
  const asked = e.seen.find(
    ({ frame, node, index, out }) => frame.kind === 'ask' && out && node === port.node && index === port.index,
  );
  const own =
    decision.oif === port.index || decision.oif === undefined ? (decision.gateway ?? at.destination) : undefined;
  const next = own ?? entry?.attrs.dst ?? (asked?.frame.kind === 'ask' ? asked.frame.about : at.destination);
  return { port, next, gateway: next !== at.destination, decision, left };
}

/** Somebody has said why: an ICMP error that was seen where it began. */
function said(e: Evidence, direction: Direction): Finding | undefined {
  const role = direction === 'there' ? 'refusal of probe' : 'refusal of answer';
  const error = e.known.find((each) => each.role === role);
  if (error === undefined) return undefined;
  const { frame, node } = error;
  const view = new DataView(frame.body.buffer, frame.body.byteOffset, frame.body.byteLength);
  const words = refusalWords({
    family: frame.family,
    type: frame.body[0]!,
    code: frame.body[1]!,
    mtu: view.getUint16(6),
    from: frame.source,
  });
  const timeOver = words.startsWith('time to live');
  return finding(
    timeOver ? 'ttl' : 'unreachable',
    { node },
    timeOver ? `the packet's time to live was over at ${node}` : `${node} refuses it: ${words}`,
    timeOver ? 'raise net.ipv4.ip_default_ttl (64 unless said) on the sender' : `look at ${node}`,
    timeOver ? e.lines.sysctl(e.sender, 'net.ipv4.ip_default_ttl') : e.lines.node(node),
  );
}

function unknown(e: Evidence, { direction }: Way, at: Standing, left: Known | undefined): Finding {
  const { node } = at.view;
  const what = direction === 'there' ? 'the packet' : 'the answer';
  const where =
    left !== undefined
      ? `left ${node} by ${at.view.name(left.index)} for ${at.destination} and was seen nowhere after that`
      : at.iif === undefined
        ? `was never seen to leave ${node}, though its routes have a way to ${at.destination}`
        : `came to ${node} by ${at.view.name(at.iif)} and was not seen to leave it, though its routes have a way to ${at.destination}`;
  return finding(
    'unknown',
    { node },
    `${what} ${where}; it is none of the causes that netlab knows`,
    'netlab capture shows what comes by',
    e.lines.node(node),
  );
}

/** Why a node that has got the packet did not answer; undefined: it did. */
export function unanswered(
  e: Evidence,
  { arrived, type }: Extract<Outcome, { arrived: Standing }>,
  answers: readonly Visit[],
): Finding | undefined {
  const finds = undelivered(e, arrived, type);
  if (finds !== undefined) return finds;
  const { node } = arrived.view;
  const { protocol, port } = e.mark;
  const reset = e.known.some(
    ({ role, frame, node: by, out }) => role === 'answer' && by === node && out && isReset(frame),
  );
  if (reset)
    return finding(
      'no-listener',
      { node },
      `${node} refuses the connection to port ${port}`,
      `look at what listens on ${node}`,
      e.lines.node(node),
    );
  if (answers.length > 0 || protocol === 'icmp') return undefined;
  // An answer that the filters of the node itself have stopped is known by them.
  if (e.passages.get(node)?.some(({ role }) => role === 'answer') === true) return undefined;
  const refused = said(e, 'there');
  if (refused !== undefined) return refused;
  if (protocol === 'tcp') return undefined;
  return finding(
    'no-answer',
    { node },
    `the datagram was handed to what listens at port ${port} of ${node}, and that has not answered: many programs answer only what they understand`,
    'ask with a program that speaks the protocol',
    e.lines.node(node),
  );
}
