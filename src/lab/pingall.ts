/** `pingall`: whether each node of a lab reaches each other one, all asked from one event loop. */
import { LabError } from '../errors.ts';
import type { PingallPair, PingallReport } from '../model/report.ts';
import { echoes } from '../probe/echoes.ts';
import { INTERRUPTED, NO_ANSWER, type Outcome } from '../probe/outcome.ts';
import { LabNetwork } from './network.ts';
import { neighbourRoom, NeighbourTables } from './neighbour-room.ts';
import { Silence } from './silence.ts';

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

/** A question: does `from` reach `to`, at that address? */
export interface Question {
  readonly from: string;
  readonly to: string;
  readonly address: string;
}

/** Answers that come without delay have come by then; all others are waited for together. */
const PROMPT = 150;

/**
 * Asks every pair of nodes, both ways. That nobody answers is a result, not an error.
 * @throws LabError when there is no such lab or node, or fewer than two have an address.
 */
export async function pingall(lab: string, options: PingallOptions = {}): Promise<PingallReport> {
  const began = performance.now();
  using network = LabNetwork.open(lab);
  const { nodes: wanted = network.nodes(), family } = options;
  const chosen = [...new Set(wanted)];
  const nodes = chosen.filter((node) => network.hasAddress(node, family));
  if (nodes.length < 2)
    throw new LabError(`${nodes.length === 0 ? 'no node' : `only ${nodes[0]}`} has an address to ping`);
  const questions = nodes.flatMap((from, i) =>
    // Both directions of a pair stand together: they need the same two neighbours.
    nodes.slice(i + 1).flatMap((to): Question[] => [
      { from, to, address: network.addressOf(to, { from, family }) },
      { from: to, to: from, address: network.addressOf(from, { from: to, family }) },
    ]),
  );
  const outcomes = await askAll(network, questions, options);
  const order = new Map(nodes.map((node, i) => [node, i]));
  const pairs = questions
    .map((question, i): PingallPair => ({ ...question, ...outcomes[i]! }))
    .toSorted((a, b) => order.get(a.from)! - order.get(b.from)! || order.get(a.to)! - order.get(b.to)!);
  const answered = pairs.filter(({ ok }) => ok).length;
  const silent = chosen.filter((node) => !nodes.includes(node));
  return { lab, nodes, silent, pairs, answered, failed: pairs.length - answered, ms: performance.now() - began };
}

/**
 * The outcome of each question, in their order. At no time are there more neighbours than the machine has room for: questions are
 * asked in groups where there are many, and what a group has taught the nodes is forgotten after it.
 */
export async function askAll(
  network: LabNetwork,
  questions: readonly Question[],
  { timeout = 1000, signal }: Pick<PingallOptions, 'timeout' | 'signal'> = {},
): Promise<Outcome[]> {
  const outcomes: (Outcome | undefined)[] = questions.map(() => undefined);
  const everything = questions.map((_, i) => i);
  const room = neighbourRoom();
  // Where all fit at once, everybody keeps what he has learnt.
  const tables = groups(everything, questions, room).length > 1 ? new NeighbourTables(network) : undefined;
  const ask = async (which: readonly number[], time: number): Promise<void> => {
    for (const group of groups(which, questions, room)) {
      if (signal?.aborted === true) return;
      const pairs = group.map((i) => ({ netns: network.netns(questions[i]!.from), to: questions[i]!.address }));
      try {
        const found = await echoes(pairs, { timeout: time, signal });
        const silence = new Silence(network);
        for (const [k, i] of group.entries()) outcomes[i] = silence.explain(questions[i]!, found[k]!);
      } finally {
        tables?.forget();
      }
    }
  };
  await ask(everything, Math.min(timeout, PROMPT));
  const open = everything.filter((i) => outcomes[i]?.why.startsWith(NO_ANSWER));
  if (timeout > PROMPT) await ask(open, timeout);
  return outcomes.map((outcome) => outcome ?? { ok: false, ms: 0, why: INTERRUPTED });
}

/** Cuts a list of questions where they would need more neighbours than there is room for: two for each pair of nodes. */
function groups(which: readonly number[], questions: readonly Question[], room: number): number[][] {
  const all: number[][] = [];
  let pairs = new Set<string>();
  for (const i of which) {
    const { from, to } = questions[i]!;
    const pair = from < to ? `${from} ${to}` : `${to} ${from}`;
    if (all.length === 0 || (!pairs.has(pair) && 2 * (pairs.size + 1) > room)) {
      all.push([]);
      pairs = new Set();
    }
    pairs.add(pair);
    all.at(-1)!.push(i);
  }
  return all;
}
