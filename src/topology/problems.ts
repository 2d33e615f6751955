import type { Path, Place } from '../model/place.ts';
import { TopologyError, type Problem } from '../errors.ts';
import { didYouMean } from './words.ts';

/** Which word of `key: value` a problem is about. */
export type Side = 'key' | 'value';

/** Finds the place of a path; a path that the document lacks stands where its nearest ancestor stands. */
export type Locate = (path: Path, side?: Side, within?: { readonly line: number; readonly column: number }) => Place;

const MAX_GUESSES = 100;

interface Entry {
  readonly path: Path;
  readonly side: Side;
  readonly message: string;
  readonly severity: Problem['severity'];
  /** Known already, for problems of the text itself. */
  readonly place?: Place;
}

/**
 * Collects everything that is wrong with one file. Places are looked up at the end, so a good file pays nothing for them.
 *
 * A path can be marked as damaged: what stands there was already refused and has been left out of the document, so a rule that
 * would only complain of its absence can ask first.
 */
export class Problems {
  readonly #entries: Entry[] = [];
  readonly #damaged = new Set<string>();
  /** All that stands above something damaged. */
  readonly #above = new Set<string>();
  #errors = 0;
  #guesses = 0;

  /** `didYouMean`, for as many wrong words as anybody reads on: with all words of a long file compared with each other it would never end. */
  didYouMean(word: string, valid: Iterable<string>): string {
    return this.#guesses++ < MAX_GUESSES ? didYouMean(word, valid) : '';
  }

  /** Whether any error (not warning) has been collected. */
  get failed(): boolean {
    return this.#errors > 0;
  }

  /** Adds an error about the value at a path. */
  error(path: Path, message: string): void {
    this.#add(path, 'value', message, 'error');
  }

  /** Adds an error about a key: one that is unknown, or a name that cannot be. */
  keyError(path: Path, message: string): void {
    this.#add(path, 'key', message, 'error');
  }

  /** Adds an error at a place that is known. */
  errorAt(place: Place, message: string): void {
    this.#errors++;
    this.#entries.push({ path: [], side: 'value', message, severity: 'error', place });
  }

  /** Adds a warning about the value at a path. */
  warn(path: Path, message: string): void {
    this.#add(path, 'value', message, 'warning');
  }

  /** Remembers that what stood at this path was refused. */
  damage(path: Path): void {
    const words = prefixes(path);
    this.#damaged.add(words.at(-1)!);
    for (const word of words) this.#above.add(word);
  }

  /** Whether something at this path, above it or below it was refused. */
  damaged(path: Path): boolean {
    if (this.#damaged.size === 0) return false;
    const words = prefixes(path);
    return this.#above.has(words.at(-1)!) || words.some((word) => this.#damaged.has(word));
  }

  /** All problems with their places, by line. The same sentence about the same place is said once. */
  list(locate: Locate): Problem[] {
    const seen = new Set<string>();
    const problems: Problem[] = [];
    for (const { path, side, message, severity, place } of this.#entries) {
      const problem: Problem = { ...(place ?? locate(path, side)), message, severity };
      const { line, column } = problem;
      const words = `${line}:${column} ${message}`;
      if (line === 0 || !seen.has(words)) problems.push(problem);
      seen.add(words);
    }
    return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  /** Throws a TopologyError with everything collected, if there is an error among it. */
  throwIfFailed(locate: Locate): void {
    if (this.failed) throw new TopologyError(this.list(locate));
  }

  #add(path: Path, side: Side, message: string, severity: Problem['severity']): void {
    if (severity === 'error') this.#errors++;
    this.#entries.push({ path, side, message, severity });
  }
}

/** A path and all that stands above it, each as a text of its own; the first is the whole document. */
function prefixes(path: Path): string[] {
  let text = '';
  return [text, ...path.map((step) => (text += `${step}\0`))];
}
