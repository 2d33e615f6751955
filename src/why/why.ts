/** `why A B`: a real probe, who saw it, and what the kernels along its way decide. */
import { existsSync } from 'node:fs';

import { InterruptedError } from '../errors.ts';
import { LabNetwork } from '../lab/network.ts';
import type { LabModel } from '../model/lab.ts';
import type { WhyCause, WhyReport } from '../model/why.ts';
import { readRecord } from '../state/record.ts';
import { keeperOf } from '../state/keepers.ts';
import { readTopology } from '../topology/load.ts';
import { stale } from './connection.ts';
import { duplicateAddress, type Evidence, type Finding, finding } from './evidence.ts';
import { hopsOf } from './hops.ts';
import { visits } from './journey.ts';
import { Lans } from './lan.ts';
import { Lines } from './lines.ts';
import { Traces } from './nft-trace.ts';
import { type OpenProbe, openProbe, type ProbeWords, type Sent } from './probe.ts';
import { recognise, worthKeeping } from './recognise.ts';
import { follow, unanswered, type Way } from './stop.ts';
import { mistaken, usurped } from './twins.ts';
import { translated } from './translation.ts';
import { View } from './view.ts';
import { Witness } from './witness.ts';

export interface WhyOptions {
  /** `icmp` unless said. */
  readonly proto?: 'icmp' | 'tcp' | 'udp' | undefined;
  /** For TCP and UDP, which need one. */
  readonly port?: number | undefined;
  /** Bytes of payload of an echo request that refuses to be cut. `ping -M do -s` */
  readonly size?: number | undefined;
  /** Only addresses of this family. */
  readonly family?: 4 | 6 | undefined;
  /** Ends it with InterruptedError. */
  readonly signal?: AbortSignal | undefined;
}

/** Nothing has moved for so long: nothing will. A neighbour on a LAN answers in less than a millisecond. */
const QUIET_MS = 300;
const LOOK_MS = 25;
/** Even where something moves all the time. */
const MOST_MS = 5000;

/**
 * Sends a probe from node `a` (or an interface of it) to `b`: a node, `node:interface`, or an address; watches it in all namespaces of the lab, and tells
 * its way and the first thing that stops it. That it does not reach is a result, not an error.
 * @throws LabError when there is no such lab, node or address; InterruptedError.
 */
export async function why(lab: string, a: string, b: string, options: WhyOptions = {}): Promise<WhyReport> {
  const began = performance.now();
  const { proto = 'icmp', port, size, family, signal } = options;
  using network = LabNetwork.open(lab);
  const [from = ''] = a.split(':');
  const netns = network.netns(from);
  // The interface need only be there: which one is taken is what the node's routes say.
  if (a.includes(':')) network.addressOf(a, { family });
  const address = network.addressOf(b, { from, family });
  const views = viewsOf(network);
  const lines = new Lines(await modelOf(lab));
  const lans = new Lans(views);
  const reach = lans.reach(from);
  using probe = openProbe(netns, address, { protocol: proto, port, size } satisfies ProbeWords);
  const near = new Map([...views].filter(([node]) => reach.has(node)).map(([node, view]) => [node, view.netns]));
  const { sent, ...seen } = await send(probe, near, signal);
  const known = recognise(seen.seen, probe.mark, from);
  const e: Evidence = { mark: probe.mark, sender: from, views, lans, lines, known, ...seen };
  const bare = address.replace(/%.*/, '');
  const { there, back, cause } = judge(e, { from, address: bare, sent, target: nodeOf(b, views) });
  return {
    lab,
    from: a,
    to: b,
    address,
    protocol: proto,
    port: port ?? null,
    reaches: cause === null,
    hops: [...hopsOf(e, there), ...hopsOf(e, back)],
    cause,
    notes: [...notesOf(there, back), ...there.visits.flatMap((visit) => stale(e, visit))],
    ms: performance.now() - began,
  };
}

interface Judged {
  readonly there: Way;
  readonly back: Way;
  readonly cause: WhyCause | null;
}

interface Case {
  readonly from: string;
  readonly address: string;
  readonly sent: Sent;
  /** The node that is meant, when one is named. */
  readonly target: string | undefined;
}

function judge(e: Evidence, { from, address, sent, target }: Case): Judged {
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
  const lost = finding(
    'unknown',
    { node },
    `the answer came to ${node} and was not handed to the socket; it is none of the causes that netlab knows`,
    'netlab capture shows what comes by',
    e.lines.node(node),
  );
  return caused('back', lost);
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

/** Sends it while everybody watches. */
async function send(
  probe: OpenProbe,
  namespaces: ReadonlyMap<string, number>,
  signal: AbortSignal | undefined,
): Promise<{ sent: Sent } & Pick<Evidence, 'seen' | 'passages'>> {
  using witness = new Witness(namespaces, worthKeeping(probe.mark));
  using traces = new Traces(namespaces, probe.mark);
  const over = new AbortController();
  const began = performance.now();
  const timer = setInterval(() => {
    const isOver = witness.quiet > QUIET_MS || performance.now() - began > MOST_MS;
    if (isOver || signal?.aborted === true) over.abort();
  }, LOOK_MS);
  try {
    const sent = await probe.send(over.signal);
    if (signal?.aborted === true) throw new InterruptedError();
    return { sent, seen: witness.read(), passages: traces.passages() };
  } finally {
    clearInterval(timer);
  }
}

function viewsOf(network: LabNetwork): Map<string, View> {
  return new Map(network.members().map((node) => [node, new View(node, network.netns(node), network.route(node))]));
}

/** The topology as its file has it now; undefined when there is none to be read: then no line is told. */
async function modelOf(lab: string): Promise<LabModel | undefined> {
  const file = readRecord(lab, keeperOf(lab))?.file;
  if (file === undefined || !existsSync(file)) return undefined;
  try {
    return (await readTopology(file, { name: lab })).model;
  } catch {
    // It has been edited since, and is wrong now.
    return undefined;
  }
}

function nodeOf(word: string, views: ReadonlyMap<string, View>): string | undefined {
  const [node = ''] = word.split(':');
  return views.has(node) ? node : undefined;
}

function notesOf(there: Way, back: Way): string[] {
  const nodes = (way: Way): string[] => way.visits.map(({ node }) => node);
  const [out, home] = [nodes(there), nodes(back)];
  if (home.length < 2 || out.join(' ') === home.toReversed().join(' ')) return [];
  if (out.at(-1) !== home[0] || home.at(-1) !== out[0]) return [];
  return [`the answer takes another way than the packet: ${home.join(' → ')}`];
}
