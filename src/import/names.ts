/** Names of another tool → names that the language takes, each one once. */

/** Gives out names: what cannot be a name becomes one that can, and what is taken gets a number. */
export class Names {
  readonly #taken = new Set<string>();
  readonly #given = new Map<string, string>();
  readonly #longest: number;

  /** `longest`: so many characters; `taken`: names that are somebody else's. */
  constructor(longest: number, taken: Iterable<string> = []) {
    this.#longest = longest;
    for (const name of taken) this.#taken.add(name);
  }

  /** The name for this thing; the same for the same `id`. */
  of(id: string, wish: string = id): string {
    const known = this.#given.get(id);
    if (known !== undefined) return known;
    const plain = fit(wish, this.#longest);
    let name = plain;
    for (let i = 2; this.#taken.has(name); i++) name = `${fit(plain, this.#longest - String(i).length - 1)}-${i}`;
    this.#taken.add(name);
    this.#given.set(id, name);
    return name;
  }
}

/** Letters, digits, - and _, beginning and ending with a letter or digit. */
function fit(text: string, longest: number): string {
  const name = text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, longest)
    .replace(/[-_]+$/, '');
  return name === '' ? 'x' : name;
}

/** Names that nodes and bridges cannot have. */
export const RESERVED_NAMES = ['host', 'all', 'localhost', 'lo', 'default'];

/** A lab's name made of any text: lower-case letters, digits and hyphens, at most 32. */
export function labName(text: string): string {
  const name = fit(text.replaceAll('_', '-'), 32).toLowerCase();
  return name.replace(/-+$/, '');
}
