/** Goes round a list, as far each time as a few milliseconds allow. */
export class Turn<T> {
  #list: readonly T[] = [];
  #next = 0;

  renew(list: readonly T[]): void {
    this.#list = list;
    this.#next = 0;
  }

  /** Those among the entries whose turn it is for which `is` holds. */
  take(milliseconds: number, is: (entry: T) => boolean): T[] {
    const found: T[] = [];
    const end = performance.now() + milliseconds;
    for (let count = 0; count < this.#list.length && performance.now() < end; count++) {
      const entry = this.#list[this.#next]!;
      this.#next = (this.#next + 1) % this.#list.length;
      if (is(entry)) found.push(entry);
    }
    return found;
  }
}
