/**
 * Where a verb's words go: results to standard output, everything else to standard error.
 *
 * Written with write(2) itself and not through `process.stdout`: that object costs milliseconds to load, and it makes a
 * pipe non-blocking for everyone who shares it, which a command that `exec` turns into would inherit.
 */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';

import { palette, wantsColor, type Palette } from './color.ts';

/** The options that every verb has. */
export interface Manner {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** The two streams of a command, as one verb uses them. */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Aborted when nobody reads standard output any more: `netlab logs -f web | head`. */
  readonly closed: AbortSignal;
  readonly #closing = new AbortController();
  readonly #color: boolean;
  // Worked out when they are asked for: to know a terminal takes milliseconds, and a command that `exec` turns into prints nothing.
  #paint: Palette | undefined;
  #notePaint: Palette | undefined;

  constructor(manner: Manner) {
    this.json = manner.json;
    this.quiet = manner.quiet;
    this.verbose = manner.verbose;
    this.#color = manner.color;
    this.closed = this.#closing.signal;
  }

  /** The colours of standard output, or none. */
  get paint(): Palette {
    return (this.#paint ??= palette(this.#color && wantsColor(1)));
  }

  /** The colours of standard error, or none. */
  get notePaint(): Palette {
    return (this.#notePaint ??= palette(this.#color && wantsColor(2)));
  }

  /** A result: lines for standard output. */
  print(text: string): void {
    if (this.closed.aborted) return;
    if (!write(1, `${text}\n`)) this.#closing.abort();
  }

  /** A result as it is, without a newline of ours. */
  printRaw(text: string): void {
    if (this.closed.aborted) return;
    if (!write(1, text)) this.#closing.abort();
  }

  /** A result for programs: one JSON document, indented. */
  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** A message for the person: a line on standard error, unless `--quiet`. */
  note(text: string): void {
    if (!this.quiet) this.error(text);
  }

  /** What must be said even with `--quiet`. */
  error(text: string): void {
    try {
      write(2, `${text}\n`);
    } catch {
      // As on a full disk. What cannot be told is no reason to break off what is being done, and there is nobody to tell of it.
    }
  }

  /** True when a person watches standard error. */
  get watched(): boolean {
    return isatty(2);
  }
}

/** Writes everything; false when the reader has gone. A terminal that hung up (EIO) is a reader that has gone. */
export function write(fd: number, text: string): boolean {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE' || code === 'EIO' || code === 'EBADF') return false;
      if (code !== 'EAGAIN') throw error;
      // Somebody else made this pipe non-blocking and it is full: wait a little for its reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
  return true;
}
