/** ICMP and ICMPv6 echo to one address, one request after the other. Like ping(8). */
import type { PingReply } from '../model/report.ts';
import { Alarm } from './alarm.ts';
import { EchoSocket, type Arrival, type EchoManner } from './echo-socket.ts';
import { endpoint } from './endpoint.ts';
import { INTERRUPTED, NO_ANSWER, type Outcome, type ProbeOptions } from './outcome.ts';
import { errnoWords, refusalWords } from './reason.ts';

/** A request that was refused. */
export interface EchoRefusal {
  readonly seq: number;
  /** The router that says so; empty: the node's own kernel did not send it. */
  readonly from: string;
  /** In words. */
  readonly what: string;
}

export interface EchoOutcome extends Outcome {
  readonly sent: number;
  /** Without duplicates. */
  readonly received: number;
  readonly replies: readonly PingReply[];
  readonly refusals: readonly EchoRefusal[];
}

export interface EchoOptions extends ProbeOptions, EchoManner {
  /** How many requests; 1 unless said, Infinity until `signal`. `ping -c` */
  readonly count?: number | undefined;
  /** Milliseconds between two requests; 1000 unless said. `ping -i` */
  readonly interval?: number | undefined;
  readonly onReply?: ((reply: PingReply) => void) | undefined;
  readonly onRefusal?: ((refusal: EchoRefusal) => void) | undefined;
}

/**
 * Sends echo requests and waits for what comes: until each has been answered or refused, and no longer than `timeout` (1000 ms) after
 * the last was sent. Ok when one was answered. Like `ping -c COUNT ADDRESS`.
 * @throws SystemError when the namespace or its socket cannot be had; TypeError when `to` is no address.
 */
export async function echo(netns: number, to: string, options: EchoOptions = {}): Promise<EchoOutcome> {
  const { count = 1, interval = 1000, timeout = 1000, signal, onReply, onRefusal, ...manner } = options;
  const began = performance.now();
  const replies: PingReply[] = [];
  const refusals: EchoRefusal[] = [];
  const pending = new Map<number, { readonly seq: number; readonly at: number }>();
  const answered = new Set<number>();
  const settled = new Set<number>();
  let sent = 0;
  const end = (why: string): EchoOutcome => {
    const ok = answered.size > 0;
    const ms = performance.now() - began;
    return { ok, ms, why: ok ? '' : why, sent, received: answered.size, replies, refusals };
  };

  const target = endpoint(netns, to);
  const socket = EchoSocket.open(netns, target.family, manner);
  if (typeof socket === 'string') return end(socket);
  using own = socket;
  const alarm = new Alarm(signal);
  const refuse = (refusal: EchoRefusal): void => {
    settled.add(refusal.seq);
    refusals.push(refusal);
    onRefusal?.(refusal);
  };
  const isOver = (): boolean => sent >= count && settled.size >= sent;

  own.listen((arrival: Arrival) => {
    const request = pending.get(arrival.seq);
    if (request === undefined) return;
    const { seq, at } = request;
    if (arrival.kind === 'refusal') refuse({ seq, from: arrival.refusal.from, what: refusalWords(arrival.refusal) });
    else {
      const duplicate = answered.has(seq);
      answered.add(seq);
      settled.add(seq);
      const reply: PingReply = {
        seq,
        ms: Math.max(0, arrival.at - at),
        ttl: arrival.ttl,
        from: arrival.from,
        bytes: arrival.bytes + 8,
        duplicate,
      };
      replies.push(reply);
      onReply?.(reply);
    }
    alarm.ring();
  });

  while (sent < count && !alarm.stopped) {
    const seq = ++sent;
    const at = own.send(target, seq & 0xffff);
    if (typeof at === 'string') refuse({ seq, from: '', what: errnoWords(at) });
    else pending.set(seq & 0xffff, { seq, at });
    if (sent < count) await alarm.until(() => false, interval);
  }
  await alarm.until(isOver, timeout);
  return end(refusals.at(-1)?.what ?? (alarm.stopped ? INTERRUPTED : NO_ANSWER));
}
