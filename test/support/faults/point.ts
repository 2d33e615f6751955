/** Points at which a fault can be put: each call that netlab makes of the system, told apart by who makes it and how often. */

/** One call, in words that mean the same in another run. */
export interface Point {
  /** What is called and from where: `fs.writeFileSync < writeRecord < carryOut`. */
  readonly key: string;
  /** The how manieth call of that key. */
  readonly nth: number;
}

/**
 * What becomes of a call. An errno's name: it fails with that one, undone. `kill`: SIGKILL instead of the call. `lost`: what was
 * received is thrown away, and ENOBUFS said. `interrupted`: a dump that the kernel marks as changed meanwhile. `eof`: the other side has hung up.
 */
export type Way = string;

/** A point, and what is done there. */
export interface Fault extends Point {
  readonly way: Way;
}

/** A point as a test's name tells it. */
export function inWords({ key, nth, way }: Fault): string {
  return `${way} at ${key}${nth === 1 ? '' : ` #${nth}`}`;
}

const FRAMES = 3;

/** The functions of netlab that lead to this call, innermost first; empty for a call that is not netlab's. */
export function callers(): string {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = before;
  const names: string[] = [];
  for (const line of stack.split('\n')) {
    const found = /^ {4}at (?:async )?(?:(?:new )?([^ ]+) )?.*\/dist\/src\/([a-z0-9/-]+)\.js:(\d+)/.exec(line);
    if (found === null) continue;
    const [, name = 'anonymous', file = '', number] = found;
    // The line tells two calls of one function apart; of those above it the file is enough.
    names.push(`${name} (${file}${names.length === 0 ? `:${number}` : ''})`);
    if (names.length === FRAMES) break;
  }
  return names.join(' < ');
}

/** Counts the calls that are made, and says of each what is to become of it. */
export class Points {
  readonly #counts = new Map<string, number>();
  readonly #seen: { readonly point: Point; readonly ways: readonly Way[] }[] = [];
  #fault: Fault | undefined;
  #armed = false;
  #hit = false;

  /** From now on calls are counted, and the one of `fault` fails. */
  begin(fault?: Fault): void {
    this.#counts.clear();
    this.#seen.length = 0;
    this.#fault = fault;
    this.#hit = false;
    this.#armed = true;
  }

  /** Every call that was made since, with the ways in which it can fail; and whether the fault has come to pass. */
  end(): { readonly seen: readonly { readonly point: Point; readonly ways: readonly Way[] }[]; readonly hit: boolean } {
    this.#armed = false;
    return { seen: [...this.#seen], hit: this.#hit };
  }

  /** A call is about to be made: what shall become of it? */
  reach(call: string, ways: readonly Way[]): Way | undefined {
    if (!this.#armed || ways.length === 0) return undefined;
    const from = callers();
    if (from === '') return undefined;
    const key = `${call} < ${from}`;
    const nth = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, nth);
    if (this.#fault === undefined) this.#seen.push({ point: { key, nth }, ways });
    if (this.#hit || key !== this.#fault?.key || nth !== this.#fault.nth) return undefined;
    this.#hit = true;
    if (this.#fault.way === 'kill') process.kill(process.pid, 'SIGKILL');
    return this.#fault.way;
  }
}

/** The one that the wrapped functions of this process ask. */
export const points = new Points();
