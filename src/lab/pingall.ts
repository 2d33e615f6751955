/** `pingall`: whether each node of a lab reaches each other one, all asked from one event loop. */
import { LabError } from '../errors.ts';
import type { PingallPair, PingallReport } from '../model/report.ts';
import { echoes } from '../probe/echoes.ts';
import { LabNetwork } from './network.ts';

export interface PingallOptions {
  /** The nodes among which it is asked; all that have an address, unless said. */
  readonly nodes?: readonly string[];
  /** Only addresses of this family. */
  readonly family?: 4 | 6;
  /** Milliseconds to wait for the answer to a pair; 1000 unless said. Asked again meanwhile. */
  readonly timeout?: number;
  /** Resolves with what is known by then. */
  readonly signal?: AbortSignal;
}

/**
 * Asks every pair of nodes, both ways. That nobody answers is a result, not an error.
 * @throws LabError when there is no such lab or node, or fewer than two have an address.
 */
export async function pingall(lab: string, options: PingallOptions = {}): Promise<PingallReport> {
  const began = performance.now();
  using network = LabNetwork.open(lab);
  const { nodes: wanted = network.nodes(), family, timeout, signal } = options;
  const chosen = [...new Set(wanted)];
  const nodes = chosen.filter((node) => network.hasAddress(node, family));
  if (nodes.length < 2)
    throw new LabError(`${nodes.length === 0 ? 'no node' : `only ${nodes[0]}`} has an address to ping`);
  const questions = nodes.flatMap((from, i) =>
    nodes.slice(i + 1).flatMap((to) => [
      { from, to, address: network.addressOf(to, { from, family }) },
      { from: to, to: from, address: network.addressOf(from, { from: to, family }) },
    ]),
  );
  const outcomes = await echoes(
    // Both directions of a pair stand together, and take the same two neighbours.
    questions.map(({ from, address }) => ({ netns: network.netns(from), to: address, neighbours: 1 })),
    { timeout, signal, namespaces: network.own().map((member) => network.netns(member)) },
  );
  const order = new Map(nodes.map((node, i) => [node, i]));
  const pairs = questions
    .map((question, i): PingallPair => ({ ...question, ...outcomes[i]! }))
    .toSorted((a, b) => order.get(a.from)! - order.get(b.from)! || order.get(a.to)! - order.get(b.to)!);
  const answered = pairs.filter(({ ok }) => ok).length;
  const silent = chosen.filter((node) => !nodes.includes(node));
  return { lab, nodes, silent, pairs, answered, failed: pairs.length - answered, ms: performance.now() - began };
}
