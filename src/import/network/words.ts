/** The words of a command, one after the other. */
export class Words {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get done(): boolean {
    return this.#at >= this.#words.length;
  }

  get next(): string | undefined {
    return this.#words[this.#at];
  }

  /** The next word, which is behind us then; '' at the end. */
  take(): string {
    return this.#words[this.#at++] ?? '';
  }

  /** Takes the next word if it is this one. */
  skip(...words: readonly string[]): boolean {
    if (!words.includes(this.next ?? '')) return false;
    this.#at++;
    return true;
  }

  /** The rest as pairs of a name and its value; undefined where a name is not among these, or its value is missing. `flags` have none. */
  pairs(names: readonly string[], flags: readonly string[] = []): Record<string, string> | undefined {
    const out: Record<string, string> = {};
    while (!this.done) {
      const name = this.take();
      if (flags.includes(name)) out[name] = '';
      else if (!names.includes(name) || this.done) return undefined;
      else out[name] = this.take();
    }
    return out;
  }
}

/** Whether a word begins one of iproute2's, which may be cut short: `a` of `addr`. */
export function means(word: string, ...full: readonly string[]): boolean {
  return word !== '' && full.some((each) => each.startsWith(word));
}

/** `eth0:1` is eth0, under another label. */
export function deviceOf(word: string): string {
  return word.split(':', 1)[0]!;
}
