/** Whom a check asks, in words and by address. */
import type { Target } from '../model/check.ts';
import { Deadline } from '../probe/alarm.ts';
import { INTERRUPTED, NO_ANSWER } from '../probe/outcome.ts';
import { type Bounds, impossible, type Try } from './kind.ts';
import type { Subject } from './subject.ts';

/** Asks an address, if there is one. */
export async function asked(subject: Subject, to: Target, ask: (address: string) => Promise<Try>): Promise<Try> {
  const address = subject.addressOf(to);
  return address === undefined ? impossible(`${to.word} has no address`) : ask(address);
}

/** The nodes that explain why one does not get through to the other. */
export function bothEnds({ from, to }: { readonly from: string; readonly to: Target }, subject: Subject): string[] {
  return [from, ...subject.nodesOf(to)];
}

/** `pod3 (10.244.2.3)`, or the address alone. */
export function toward({ word }: Target, address: string): string {
  return word === address || word === `[${address}]` ? address : `${word} (${address})`;
}

/** `no answer from pod3 (10.244.2.3)`, `pod3 (10.244.2.3): host unreachable, says 10.244.1.1` */
export function unanswered(to: Target, address: string, why: string): string {
  return [NO_ANSWER, INTERRUPTED, ''].includes(why)
    ? `${NO_ANSWER} from ${toward(to, address)}`
    : `${toward(to, address)}: ${why}`;
}

/** For a probe that waits so long after the last of many requests: all of it ends when the time is over. */
export async function ended<T>({ timeout, signal }: Bounds, probe: (bounds: Bounds) => Promise<T>): Promise<T> {
  using deadline = new Deadline(timeout, signal);
  return await probe({ timeout, signal: deadline.signal });
}

/** `0.31 ms`, `12.4 ms`. */
export function ms(milliseconds = 0): string {
  return `${milliseconds.toPrecision(3)} ms`;
}
