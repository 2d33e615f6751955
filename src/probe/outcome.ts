/** What became of a probe. What the network answers is a value, never an exception. */
export interface Outcome {
  /** Whether it was answered as it should be. */
  readonly ok: boolean;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** Why not, in a few words: `no answer`, `connection refused`, `host unreachable, says 10.0.0.1`. Empty when it is ok. */
  readonly why: string;
}

/** What every probe takes. */
export interface ProbeOptions {
  /** Milliseconds to wait for an answer; each probe says how long it waits unless told. */
  readonly timeout?: number | undefined;
  /** Ends the probe: it resolves with what it has by then, and why says `interrupted` when that is nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** Nothing came, nobody refused. */
export const NO_ANSWER = 'no answer';
export const INTERRUPTED = 'interrupted';
