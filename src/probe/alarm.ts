import { after } from '../sys/timer.ts';

/**
 * Lets a probe wait for what its socket hears, for a time, and for the signal that ends it, whichever is first. Not by AbortSignal.any: of
 * what Node 20 makes of signals with a timeout the garbage collector may take one that somebody waits for.
 */
export class Alarm {
  readonly #signal: AbortSignal | undefined;
  #look: () => void = () => {};

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Whether the signal has been aborted. */
  get stopped(): boolean {
    return this.#signal?.aborted === true;
  }

  /** Something has been heard: whoever waits looks again. */
  ring(): void {
    this.#look();
  }

  /** Waits until something is true, for so many ms at most. It is looked at when the bell rings. */
  until(condition: () => boolean, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        callOff();
        this.#signal?.removeEventListener('abort', finish);
        this.#look = () => {};
        resolve();
      };
      const callOff = after(ms, finish);
      this.#signal?.addEventListener('abort', finish);
      this.#look = () => {
        if (condition() || this.stopped) finish();
      };
      this.#look();
    });
  }
}

/** A signal that is aborted after so many ms, or with another one. Dispose of it. */
export class Deadline implements Disposable {
  /** Whether the time was over first. */
  expired = false;
  readonly #abort = new AbortController();
  readonly #callOff: () => void;
  readonly #other: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#abort.abort();

  constructor(ms: number, other: AbortSignal | undefined) {
    this.#other = other;
    this.#callOff = after(ms, () => {
      this.expired = true;
      this.#abort.abort();
    });
    if (other?.aborted === true) this.#abort.abort();
    other?.addEventListener('abort', this.#onAbort);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    this.#callOff();
    this.#other?.removeEventListener('abort', this.#onAbort);
  }
}
