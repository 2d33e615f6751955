/** One ICMP echo for each of some pairs, all under way at once. */
import { Alarm } from './alarm.ts';
import { type Arrival, EchoSocket } from './echo-socket.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { INTERRUPTED, NO_ANSWER, type Outcome, type ProbeOptions } from './outcome.ts';
import { errnoWords, refusalWords } from './reason.ts';

/** From where, and to which address. */
export interface Pair {
  /** A descriptor of a network namespace. */
  readonly netns: number;
  readonly to: string;
}

/** Milliseconds after which what has not been answered is asked again. */
const AGAIN_MS = 500;

/** How many requests go out before what came is read: a socket's queue holds the answers to so many, whatever its limit. */
const BURST = 64;

/** A pair that waits for its outcome. */
interface Item {
  readonly source: Source;
  readonly to: Endpoint;
  outcome: Outcome | undefined;
}

/**
 * Asks all pairs at once, and each again until it is answered or refused, for `timeout` ms (1000) at most. The outcomes stand in the
 * order of the pairs; their `ms` are from request to answer. Like one `ping -c 1` for each, side by side.
 * @throws SystemError when a namespace or its socket cannot be had; TypeError when something is no address.
 */
export async function echoGroup(pairs: readonly Pair[], options: ProbeOptions = {}): Promise<Outcome[]> {
  const { timeout = 1000, signal } = options;
  using sources = new Sources();
  const items = pairs.map(({ netns, to }) => sources.item(netns, to));
  const open = new Set(items);
  const alarm = new Alarm(signal);
  sources.listen((item, outcome) => {
    // What comes after that is a second answer, or the answer to a second request.
    if (!open.delete(item)) return;
    item.outcome = outcome;
    if (open.size === 0) alarm.ring();
  });

  const began = performance.now();
  const end = began + timeout;
  while (open.size > 0 && performance.now() < end && !alarm.stopped) {
    sources.ask(open);
    await alarm.until(() => open.size === 0, Math.min(AGAIN_MS, end - performance.now()));
  }
  const why = alarm.stopped ? INTERRUPTED : NO_ANSWER;
  return items.map(({ outcome }) => outcome ?? { ok: false, ms: performance.now() - began, why });
}

type Settle = (item: Item, outcome: Outcome) => void;

/** A socket, and which of its requests was for which pair. */
class Source {
  readonly socket: EchoSocket;
  /** By the number of the request. */
  readonly #asked = new Map<number, { readonly item: Item; readonly at: number }>();
  #seq = 0;

  constructor(socket: EchoSocket) {
    this.socket = socket;
  }

  ask(item: Item, settle: Settle): void {
    this.#seq = (this.#seq + 1) & 0xffff;
    const at = this.socket.send(item.to, this.#seq);
    if (typeof at === 'number') this.#asked.set(this.#seq, { item, at });
    // No room now: others' packets are on their way, and there is room when it is asked again.
    else if (at !== 'ENOBUFS') settle(item, { ok: false, ms: 0, why: errnoWords(at) });
  }

  heard(arrival: Arrival, settle: Settle): void {
    const request = this.#asked.get(arrival.seq);
    if (request === undefined) return;
    const ms = Math.max(0, arrival.at - request.at);
    const ok = arrival.kind === 'reply';
    settle(request.item, { ok, ms, why: ok ? '' : refusalWords(arrival.refusal) });
  }
}

/** The sockets of all namespaces that are asked from, one of each and family. */
class Sources implements Disposable {
  readonly #sources = new Map<string, Source>();
  /** An address is read once: there are as many pairs as the square of nodes. */
  readonly #endpoints = new Map<string, Endpoint>();
  #settle: Settle = () => {};

  item(netns: number, text: string): Item {
    // A zone means another interface in each namespace.
    const place = text.includes('%') ? `${netns} ${text}` : text;
    const to = this.#endpoints.get(place) ?? endpoint(netns, text);
    this.#endpoints.set(place, to);
    const key = `${netns} ${to.family}`;
    const source = this.#sources.get(key) ?? new Source(new EchoSocket(netns, to.family));
    this.#sources.set(key, source);
    return { source, to, outcome: undefined };
  }

  listen(settle: Settle): void {
    this.#settle = settle;
    for (const source of this.#sources.values()) source.socket.listen((arrival) => source.heard(arrival, settle));
  }

  /** Sends one request for each, and reads between them what has come. */
  ask(items: Iterable<Item>): void {
    const waiting = new Map<Source, number>();
    for (const item of items) {
      const { source } = item;
      source.ask(item, this.#settle);
      const sent = (waiting.get(source) ?? 0) + 1;
      waiting.set(source, sent % BURST);
      if (sent === BURST) this.#drain(source);
    }
    for (const source of waiting.keys()) this.#drain(source);
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#sources.values()) socket[Symbol.dispose]();
  }

  #drain(source: Source): void {
    source.socket.drain((arrival) => source.heard(arrival, this.#settle));
  }
}
