/** `why A B`: a real probe, who saw it, and what the kernels along its way decide. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { InterruptedError } from '../errors.ts';
import { LabNetwork } from '../lab/network.ts';
import type { LabModel } from '../model/lab.ts';
import type { WhyReport } from '../model/why.ts';
import { NUD } from '../netlink/constants.ts';
import { readRecord } from '../state/record.ts';
import { keeperOf } from '../state/keepers.ts';
import { readTopology } from '../topology/load.ts';
import { attempt } from './attempt.ts';
import { beneath } from './beneath.ts';
import { stale } from './connection.ts';
import type { Pending } from './evidence.ts';
import { hopsOf } from './hops.ts';
import { Lans } from './lan.ts';
import { Lines } from './lines.ts';
import type { Way } from './stop.ts';
import { View } from './view.ts';

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

/** A kernel asks for a neighbour once a second, three times (retrans_time_ms). */
const ASKS_AGAIN_MS = 1100;
const LOOK_MS = 25;

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
  network.netns(from);
  // The interface need only be there: which one is taken is what the node's routes say.
  if (a.includes(':')) network.addressOf(a, { family });
  const address = network.addressOf(b, { from, family });
  const views = viewsOf(network);
  const ground = { views, lans: new Lans(views), lines: new Lines(await modelOf(lab)) };
  const words = { protocol: proto, port, size };
  const errand = { from, to: address, words, target: nodeOf(b, views), signal };
  const first = await attempt(ground, errand);
  const pending = first.cause?.doubt?.pending;
  if (pending !== undefined) await settled(views.get(pending.node)!, pending, signal);
  const { e, there, back, cause } = pending === undefined ? first : await attempt(ground, errand);
  return {
    lab,
    from: a,
    to: b,
    address,
    protocol: proto,
    port: port ?? null,
    reaches: cause === null,
    hops: [...hopsOf(e, there), ...hopsOf(e, back)],
    cause: cause === null ? null : await beneath(ground, cause, signal),
    notes: [...notesOf(there, back), ...there.visits.flatMap((visit) => stale(e, visit))],
    ms: performance.now() - began,
  };
}

/** Waits until a node has asked once more for a neighbour, and has heard of it or not. */
async function settled(view: View, { index, address }: Pending, signal: AbortSignal | undefined): Promise<void> {
  const isOpen = (): boolean =>
    view
      .neighbours()
      .some(
        ({ header, attrs }) =>
          header.ifindex === index && attrs.dst === address && (header.state & NUD.INCOMPLETE) !== 0,
      );
  for (const end = performance.now() + ASKS_AGAIN_MS; isOpen() && performance.now() < end;) {
    if (signal?.aborted === true) throw new InterruptedError();
    await sleep(LOOK_MS);
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
