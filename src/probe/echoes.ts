/** One ICMP echo for each of many pairs, as many at once as the machine has room for. */
import { echoGroup, type Pair as Asked } from './echo-group.ts';
import { neighbourRoom, NeighbourTables } from './neighbour-tables.ts';
import { INTERRUPTED, NO_ANSWER, type Outcome, type ProbeOptions } from './outcome.ts';
import { Silence } from './silence.ts';

/** From where, and to which address. */
export interface Pair extends Asked {
  /** How many neighbours it may take that no other pair does: 2 unless said, one at each end. Of both directions each takes 1. */
  readonly neighbours?: number | undefined;
}

export interface EchoesOptions extends ProbeOptions {
  /**
   * Descriptors of the namespaces in which neighbours may come to be, where the pairs are too many to be asked at once: those that ask,
   * unless said.
   */
  readonly namespaces?: Iterable<number> | undefined;
}

/** Of many groups: answers that come without delay have come by then, and all others are waited for together. */
const PROMPT_MS = 150;

/**
 * Asks all pairs, and each again until it is answered or refused, for `timeout` ms (1000) at most. The outcomes stand in the order of the
 * pairs; their `ms` are from request to answer. Like one `ping -c 1` for each, side by side.
 *
 * At no time are there more neighbours than the machine has room for: where pairs are many they are asked in groups, and what a group has taught
 * the namespaces they are made to forget.
 * @throws SystemError when a namespace or its socket cannot be had; TypeError when something is no address.
 */
export async function echoes(pairs: readonly Pair[], options: EchoesOptions = {}): Promise<Outcome[]> {
  const { timeout = 1000, signal, namespaces = pairs.map(({ netns }) => netns) } = options;
  const outcomes: (Outcome | undefined)[] = pairs.map(() => undefined);
  const room = neighbourRoom();
  const all = pairs.map((_, i) => i);
  const isOne = groups(all, pairs, room).length <= 1;
  // Where all fit at once, everybody keeps what he has learnt.
  using tables = isOne ? undefined : new NeighbourTables(namespaces);
  const ask = async (which: readonly number[], time: number): Promise<void> => {
    for (const group of groups(which, pairs, room)) {
      if (signal?.aborted === true) return;
      try {
        const found = await echoGroup(
          group.map((i) => pairs[i]!),
          { timeout: time, signal },
        );
        using silence = new Silence();
        for (const [k, i] of group.entries()) outcomes[i] = silence.explain(pairs[i]!.netns, pairs[i]!.to, found[k]!);
      } finally {
        tables?.forget();
      }
    }
  };
  if (isOne) await ask(all, timeout);
  else {
    await ask(all, Math.min(timeout, PROMPT_MS));
    const open = all.filter((i) => outcomes[i]?.why.startsWith(NO_ANSWER) === true);
    if (timeout > PROMPT_MS) await ask(open, timeout);
  }
  return outcomes.map((outcome) => outcome ?? { ok: false, ms: 0, why: INTERRUPTED });
}

/** Cuts a list where it would take more neighbours than there is room for. */
function groups(which: readonly number[], pairs: readonly Pair[], room: number): number[][] {
  const cut: number[][] = [];
  let taken = Infinity;
  for (const i of which) {
    const { neighbours = 2 } = pairs[i]!;
    if (taken + neighbours > room) {
      cut.push([]);
      taken = 0;
    }
    taken += neighbours;
    cut.at(-1)!.push(i);
  }
  return cut;
}
