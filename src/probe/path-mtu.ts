/** The largest packet that gets through to an address whole. Like tracepath(8). */
import { Alarm } from './alarm.ts';
import { type Arrival, EchoSocket } from './echo-socket.ts';
import { endpoint } from './endpoint.ts';
import { INTERRUPTED, NO_ANSWER, type Outcome, type ProbeOptions } from './outcome.ts';
import { errnoWords, isTooBig, refusalWords } from './reason.ts';
import { firstMtu } from './route.ts';

export interface PathMtuOutcome extends Outcome {
  /** Bytes, with the IP header; 0 when nothing got through. */
  readonly mtu: number;
  /** Who said that more is too much; empty: the own interface, or nobody did, and packets that are larger vanish. */
  readonly from: string;
  /** Larger ones vanish without a word: a router, or a firewall, keeps "too big" to itself. */
  readonly silent: boolean;
}

export interface PathMtuOptions extends ProbeOptions {
  /** The address to send from. */
  readonly from?: string | undefined;
}

/** The least that each family must carry: RFC 791, RFC 8200. */
const LEAST = { 4: 68, 6: 1280 } as const;
const HEADERS = { 4: 28, 6: 48 } as const;
const ATTEMPTS = 2;

/**
 * Sends echo requests that must not be cut, as large as the own interface takes, then as large as whoever refuses them says; where nobody says
 * anything, by halves. Waits `timeout` ms (500) for each, twice. Ok when something got through.
 * @throws SystemError when the namespace or its socket cannot be had; TypeError when `to` is no address.
 */
export async function pathMtu(netns: number, to: string, options: PathMtuOptions = {}): Promise<PathMtuOutcome> {
  const { timeout = 500, signal, from } = options;
  const began = performance.now();
  const target = endpoint(netns, to);
  const { family } = target;
  let [teller, silent] = ['', false];
  const end = (mtu: number, why = ''): PathMtuOutcome => ({
    ok: why === '',
    ms: performance.now() - began,
    why,
    mtu,
    from: teller,
    silent,
  });
  const socket = EchoSocket.open(netns, family, { dontFragment: true, from });
  if (typeof socket === 'string') return end(0, socket);
  using own = socket;
  const alarm = new Alarm(signal);
  let heard: Arrival | undefined;
  let seq = 0;
  own.listen((arrival) => {
    if (arrival.seq !== seq) return;
    heard = arrival;
    alarm.ring();
  });

  /** Sends one of so many bytes in all: whether it got through; a number that it shall have instead; or why it did not. */
  const attempt = async (mtu: number): Promise<boolean | number | string> => {
    own.resize(mtu - HEADERS[family]);
    for (let i = 0; i < ATTEMPTS && !alarm.stopped; i++) {
      heard = undefined;
      const at = own.send(target, ++seq & 0xffff);
      if (at === 'EMSGSIZE') return false;
      if (typeof at === 'string') return errnoWords(at);
      await alarm.until(() => heard !== undefined, timeout);
      const said = heard as Arrival | undefined;
      if (said === undefined) continue;
      if (said.kind === 'reply') return true;
      if (!isTooBig(said.refusal)) return refusalWords(said.refusal);
      teller = said.refusal.from;
      return said.refusal.mtu;
    }
    return alarm.stopped ? INTERRUPTED : false;
  };

  const least = LEAST[family];
  let most = Math.min(65_535, firstMtu(netns, target) ?? 65_535);
  for (;;) {
    const result = await attempt(most);
    if (result === true) return end(most);
    if (typeof result === 'string') return end(0, result);
    // Who says less than there can be, or no less than it was, says nothing.
    if (typeof result === 'number' && result >= least && result < most) most = result;
    else break;
  }
  // Somebody swallows it. What is surely small enough tells whether anything gets through at all.
  [teller, silent] = ['', true];
  let good: number = least;
  let bad = most;
  const first = await attempt(good);
  if (first !== true) return end(0, typeof first === 'string' ? first : NO_ANSWER);
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const result = await attempt(middle);
    if (typeof result === 'string') return end(0, result);
    if (result === true) good = middle;
    else bad = middle;
  }
  return end(good);
}
