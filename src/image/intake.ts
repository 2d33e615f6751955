import { ImageError } from '../errors.ts';

/** Where bytes come from, in pieces of any size. */
export interface Source {
  /** The next piece; undefined at the end. */
  readonly read: () => Promise<Buffer | undefined>;
  /** Passes over bytes without reading them, where the source can. */
  readonly skip?: (bytes: number) => void;
}

/** Bytes taken in pieces of the size that is asked for. */
export class Intake {
  readonly #source: Source;
  readonly #name: string;
  #left: Buffer = Buffer.alloc(0);
  /** How many bytes have been taken. */
  position = 0;

  /** `name`: what it is called when it ends too soon. */
  constructor(source: Source, name: string) {
    this.#source = source;
    this.#name = name;
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    return this.#left.length === 0 && !(await this.#more());
  }

  /** Exactly so many bytes. @throws ImageError when there are fewer. */
  async take(bytes: number): Promise<Buffer> {
    while (this.#left.length < bytes) if (!(await this.#more())) throw this.#short();
    return this.#cut(bytes);
  }

  /** The next of `bytes` that are to come: as many of them as are there. @throws ImageError when none are. */
  async some(bytes: number): Promise<Buffer> {
    if (this.#left.length === 0 && !(await this.#more())) throw this.#short();
    return this.#cut(Math.min(bytes, this.#left.length));
  }

  /** Passes over so many bytes. @throws ImageError when there are fewer, unless the source can pass over them unseen. */
  async skip(bytes: number): Promise<void> {
    let left = bytes;
    while (left > 0) {
      if (this.#left.length === 0 && this.#source.skip !== undefined) {
        this.#source.skip(left);
        this.position += left;
        return;
      }
      left -= (await this.some(left)).length;
    }
  }

  /** Reads on to the end, whatever comes. */
  async drain(): Promise<void> {
    while (!(await this.atEnd())) this.#cut(this.#left.length);
  }

  #cut(bytes: number): Buffer {
    const piece = this.#left.subarray(0, bytes);
    this.#left = this.#left.subarray(bytes);
    this.position += bytes;
    return piece;
  }

  async #more(): Promise<boolean> {
    const piece = await this.#source.read();
    if (piece === undefined) return false;
    this.#left = this.#left.length === 0 ? piece : Buffer.concat([this.#left, piece]);
    return true;
  }

  #short(): ImageError {
    return new ImageError(`${this.#name} has been cut short: it ends after ${this.position + this.#left.length} bytes`);
  }
}

/** The bytes of an iterator, as something to be read. */
export function sourceOf(chunks: AsyncIterable<Buffer>): Source {
  const iterator = chunks[Symbol.asyncIterator]();
  return {
    async read() {
      for (;;) {
        const { done, value } = await iterator.next();
        if (done === true) return undefined;
        if (value.length > 0) return value;
      }
    },
  };
}
