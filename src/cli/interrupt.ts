import { InterruptedError } from '../errors.ts';
import { aftermathLines } from './failure.ts';
import type { Output } from './output.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What to tell whoever interrupts. */
export interface Words {
  /** On the first signal: `undoing what was done`. */
  readonly first: string;
  /** On every further one: `still undoing`. */
  readonly again: string;
}

/**
 * Turns Ctrl-C, SIGTERM and SIGHUP into an abort signal, until disposed of: the operation then ends in its own way, with
 * an `InterruptedError`. A second Ctrl-C changes nothing but says so: half of an undoing helps nobody.
 */
export function interruptible(output: Output, words: Words): Disposable & { readonly signal: AbortSignal } {
  const abort = new AbortController();
  const heard = (): void => {
    // The terminal has just printed `^C` at the end of some line.
    output.error(`${output.watched ? '\n' : ''}netlab: ${abort.signal.aborted ? words.again : words.first}`);
    if (!abort.signal.aborted) abort.abort(new InterruptedError());
  };
  for (const name of SIGNALS) process.on(name, heard);
  return {
    signal: abort.signal,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, heard);
    },
  };
}

/** What an interrupted run says in the end. */
export function interruptedText({ aftermath }: InterruptedError, keep: boolean): string {
  if (aftermath?.undone === 'partly') return `interrupted\n${aftermathLines(aftermath)}`;
  return `interrupted; what this run had done ${keep ? 'is kept as it is' : 'has been undone'}`;
}
