/** The routers on the way to an address, by echo requests that live one hop longer each. Like traceroute(8) -I. */
import { Alarm } from './alarm.ts';
import { type Arrival, EchoSocket } from './echo-socket.ts';
import { endpoint } from './endpoint.ts';
import { INTERRUPTED, NO_ANSWER, type Outcome, type ProbeOptions } from './outcome.ts';
import { errnoWords, isExpired, refusalWords } from './reason.ts';

/** One router on the way; the last one is the target itself, when it was reached. */
export interface Hop {
  /** How many hops the request lived: from 1. */
  readonly ttl: number;
  /** Who answered; undefined when nobody did. */
  readonly from: string | undefined;
  /** From the request to the answer. */
  readonly ms: number | undefined;
}

export interface TraceOutcome extends Outcome {
  readonly hops: readonly Hop[];
  /** The same as ok: the address itself has answered. */
  readonly reached: boolean;
}

export interface TraceOptions extends ProbeOptions {
  /** How far to look; 30 hops unless said. `traceroute -m` */
  readonly maxHops?: number | undefined;
  /** The address to send from. `traceroute -s` */
  readonly from?: string | undefined;
}

/** So many hops are asked at once. */
const WINDOW = 8;
/** How often a hop is asked that is silent: routers say little (net.ipv4.icmp_ratelimit). */
const ATTEMPTS = 3;

/**
 * Asks hop after hop, several at once, `timeout` ms (1000) for each eight of them at most. A hop that is silent has no address.
 * @throws SystemError when the namespace or its socket cannot be had; TypeError when `to` is no address.
 */
export async function trace(netns: number, to: string, options: TraceOptions = {}): Promise<TraceOutcome> {
  const { maxHops = 30, timeout = 1000, signal, from } = options;
  const began = performance.now();
  const target = endpoint(netns, to);
  const heard = new Map<number, { readonly from: string; readonly ms: number }>();
  const asked = new Map<number, { readonly ttl: number; readonly at: number }>();
  let [last, why, reached] = [Infinity, '', false];
  const end = (): TraceOutcome => {
    const answers = [...heard.keys()];
    const length = Math.min(last, Math.max(0, ...answers));
    const hops = Array.from({ length }, (_, i): Hop => {
      const hop = heard.get(i + 1);
      return { ttl: i + 1, from: hop?.from, ms: hop?.ms };
    });
    const silent = signal?.aborted === true ? INTERRUPTED : NO_ANSWER;
    return { ok: reached, ms: performance.now() - began, why: reached ? '' : why === '' ? silent : why, hops, reached };
  };

  const socket = EchoSocket.open(netns, target.family, { from });
  if (typeof socket === 'string') {
    why = socket;
    return end();
  }
  using own = socket;
  const alarm = new Alarm(signal);
  own.listen((arrival: Arrival) => {
    const request = asked.get(arrival.seq);
    if (request === undefined) return;
    const { ttl, at } = request;
    const ms = Math.max(0, arrival.at - at);
    if (!heard.has(ttl)) heard.set(ttl, { from: arrival.kind === 'reply' ? arrival.from : arrival.refusal.from, ms });
    const onTheWay = arrival.kind === 'refusal' && isExpired(arrival.refusal);
    if (!onTheWay && ttl < last) {
      last = ttl;
      reached = arrival.kind === 'reply';
      why = arrival.kind === 'reply' ? '' : refusalWords(arrival.refusal);
    }
    alarm.ring();
  });

  let seq = 0;
  for (let first = 1; first <= Math.min(maxHops, last) && !alarm.stopped; first += WINDOW) {
    const window = Array.from({ length: Math.min(WINDOW, maxHops - first + 1) }, (_, i) => first + i);
    const silent = (): number[] => window.filter((ttl) => ttl <= last && !heard.has(ttl));
    for (let attempt = 0; attempt < ATTEMPTS && silent().length > 0 && !alarm.stopped; attempt++) {
      for (const ttl of silent()) {
        own.live(ttl);
        const at = own.send(target, ++seq);
        if (typeof at === 'number') asked.set(seq, { ttl, at });
        else {
          why = errnoWords(at);
          return end();
        }
      }
      await alarm.until(() => silent().length === 0, timeout / ATTEMPTS);
    }
    // Beyond a stretch in which nobody says anything there is nothing to be found.
    if (silent().length === window.length) break;
  }
  return end();
}
