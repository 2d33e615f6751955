/** The words of a filter, one after another, and what is said of one that cannot stand where it does. */

/** A filter that cannot be read: which word is wrong, where it stands, and what would do. */
export class FilterError extends Error {
  /** Empty when the filter ends too soon. */
  readonly word: string;
  /** Characters before it. */
  readonly at: number;
  readonly expected: string;

  constructor(word: string, at: number, expected: string) {
    const found =
      word === '' ? 'the filter ends too soon' : `found ${JSON.stringify(word)} at character ${at + 1} of the filter`;
    super(`${found}, expected ${expected}`);
    this.word = word;
    this.at = at;
    this.expected = expected;
  }
}

interface Word {
  readonly text: string;
  readonly at: number;
}

/** Reads words from left to right. */
export class FilterWords {
  readonly #words: readonly Word[];
  readonly #end: number;
  #next = 0;
  /** The place of the word that was read last. */
  #read = 0;

  constructor(text: string) {
    this.#words = [...text.matchAll(/&&|\|\||[!=<>]=|[!()[\]&|=<>]|[^\s!()[\]&|=<>]+/g)].map((match) => ({
      text: match[0],
      at: match.index,
    }));
    this.#end = text.length;
  }

  /** The next word, which stays the next; empty at the end. */
  get word(): string {
    return this.peek(0);
  }

  peek(ahead: number): string {
    return this.#words[this.#next + ahead]?.text ?? '';
  }

  /** Goes on if the next word is one of these. */
  take(...words: readonly string[]): boolean {
    const found = this.word !== '' && words.includes(this.word);
    if (found) this.next();
    return found;
  }

  next(): string {
    const { word } = this;
    this.#read = this.#next;
    if (word !== '') this.#next += 1;
    return word;
  }

  /** Goes on behind that word. @throws FilterError. */
  need(word: string): void {
    if (!this.take(word)) this.refuse(word);
  }

  /** The next word cannot stand there. */
  refuse(expected: string): never {
    this.#refuse(this.#next, expected);
  }

  /** The word that was read last cannot stand there; or it was the end. */
  refuseRead(expected: string): never {
    this.#refuse(this.#read, expected);
  }

  #refuse(at: number, expected: string): never {
    const word = this.#words[at];
    throw new FilterError(word?.text ?? '', word?.at ?? this.#end, expected);
  }
}
