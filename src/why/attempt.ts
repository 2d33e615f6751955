/** One probe: sent while everybody watches, and judged by what was seen. */
import { InterruptedError } from '../errors.ts';
import type { Evidence } from './evidence.ts';
import { isImpaired } from './hidden.ts';
import { type Judged, judge } from './judge.ts';
import { Traces } from './nft-trace.ts';
import { type OpenProbe, openProbe, type ProbeWords, type Sent } from './probe.ts';
import { recognise, worthKeeping } from './recognise.ts';
import { Witness } from './witness.ts';

/**
 * Nothing has moved for so many looks: nothing will. A neighbour on a LAN answers in less than a millisecond. Looks are counted, for between two
 * of them all that has come is read: on a machine that is busy, time passes for this program and not for packets.
 */
const QUIET_LOOKS = 12;
/** Where something on the way holds packets back. */
const SLOW_LOOKS = 60;
const LOOK_MS = 25;
/** Even where something moves all the time. */
const MOST_MS = 5000;

/** A lab, for as many probes as it takes. */
export type Ground = Pick<Evidence, 'views' | 'lans' | 'lines'>;

/** A probe that is to be sent. */
export interface Errand {
  readonly from: string;
  /** An address, with its scope where it needs one. */
  readonly to: string;
  readonly words: ProbeWords;
  /** The node that is meant, when one is named. */
  readonly target?: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What came of it. @throws InterruptedError, SystemError. */
export async function attempt(
  ground: Ground,
  { from, to, words, target, signal }: Errand,
): Promise<Judged & { readonly e: Evidence }> {
  const { views, lans } = ground;
  const reach = lans.reach(from);
  using probe = openProbe(views.get(from)!.netns, to, words);
  const near = new Map([...views].filter(([node]) => reach.has(node)).map(([node, view]) => [node, view.netns]));
  const isSlow = [...near.keys()].some((node) => views.get(node)!.ports.some(isImpaired));
  const { sent, ...seen } = await send(probe, near, isSlow ? SLOW_LOOKS : QUIET_LOOKS, signal);
  const known = recognise(seen.seen, probe.mark, from);
  const e: Evidence = { ...ground, mark: probe.mark, sender: from, known, ...seen };
  return { e, ...judge(e, { from, address: to.replace(/%.*/, ''), sent, target }) };
}

/** Sends it while everybody watches. */
async function send(
  probe: OpenProbe,
  namespaces: ReadonlyMap<string, number>,
  looks: number,
  signal: AbortSignal | undefined,
): Promise<{ sent: Sent } & Pick<Evidence, 'seen' | 'passages'>> {
  using witness = new Witness(namespaces, worthKeeping(probe.mark));
  using traces = new Traces(namespaces, probe.mark);
  const over = new AbortController();
  const began = performance.now();
  let [packets, quiet] = [0, 0];
  const timer = setInterval(() => {
    quiet = witness.packets === packets ? quiet + 1 : 0;
    packets = witness.packets;
    const isOver = quiet >= looks || performance.now() - began > MOST_MS;
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
