/** Offsets in a YAML text → lines and columns, and paths of a document → offsets. Nothing here runs until a place is asked for. */
import { EVENT_ID, SCALAR_STYLE, getScalarValue, type Event } from 'js-yaml';
import { formatPath, type Path, type Place } from '../model/place.ts';
import type { Locate, Side } from './problems.ts';
import { substitute, type Environment } from './variables.ts';

/** The offsets at which the lines of a text start, found when the first one is asked for. */
export class Lines {
  readonly #text: string;
  readonly #starts: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Line and column, both from 1. */
  at(offset: number): { line: number; column: number } {
    if (this.#starts.length === 0) this.#find();
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: Math.max(offset - this.#starts[low]!, 0) + 1 };
  }

  #find(): void {
    // An editor does not count the byte order mark as a column.
    this.#starts.push(this.#text.startsWith('\ufeff') ? 1 : 0);
    for (const match of this.#text.matchAll(/\r\n?|\n/g)) this.#starts.push(match.index + match[0].length);
  }
}

/** Where an event's words begin, with the quotation mark, tag or anchor before them; undefined for an empty value. */
export function startOf(event: Event | undefined, text: string): number | undefined {
  if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return undefined;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
  const starts = [event.tagStart, event.anchorStart < 0 ? -1 : event.anchorStart - 1].filter((at) => at >= 0);
  if (starts.length > 0) return Math.min(...starts);
  if (event.type !== EVENT_ID.SCALAR) return event.start;
  if (event.valueStart < 0) return undefined;
  const quotes = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  if (quotes) return event.valueStart - 1;
  // The value of a block scalar starts in the line after its `|` or `>`.
  if (event.style === SCALAR_STYLE.PLAIN) return event.valueStart;
  return Math.max(text.lastIndexOf('|', event.valueStart), text.lastIndexOf('>', event.valueStart), 0);
}

/** Where a path of the document stands in the events: the value, and its key if it has one. */
interface Found {
  readonly value: number;
  readonly key: number | undefined;
}

/** The keys of a mapping, and the values of its `<<`. */
interface Members {
  readonly keys: Map<string, Found>;
  readonly merges: number[];
}

/** Makes the function that finds the place of a path, for a text and its events. */
export function locator(file: string, text: string, events: readonly Event[], env: Environment): Locate {
  let finder: Finder | undefined;
  return (path, side, within) => {
    finder ??= new Finder(file, text, events, env);
    return within === undefined ? finder.locate(path, side) : finder.locateIn(path, within);
  };
}

class Finder {
  readonly #file: string;
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #env: Environment;
  readonly #lines: Lines;
  readonly #members = new Map<number, Members>();
  readonly #inside = new Map<number, readonly number[]>();
  /** For each alias, the event of its anchor. */
  readonly #targets = new Map<number, number>();
  /** For each event, the index after the last event of its value. */
  readonly #ends: Int32Array;

  constructor(file: string, text: string, events: readonly Event[], env: Environment) {
    this.#file = file;
    this.#text = text;
    this.#events = events;
    this.#env = env;
    this.#lines = new Lines(text);
    this.#ends = new Int32Array(events.length);
    const open: number[] = [];
    const anchors = new Map<string, number>();
    events.forEach((event, i) => {
      if ('anchorStart' in event && event.anchorStart >= 0) {
        const name = text.slice(event.anchorStart, event.anchorEnd);
        if (event.type !== EVENT_ID.ALIAS) anchors.set(name, i);
        else if (anchors.has(name)) this.#targets.set(i, anchors.get(name)!);
      }
      this.#ends[i] = i + 1;
      if (event.type === EVENT_ID.POP) this.#ends[open.pop() ?? 0] = i + 1;
      else if (event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.ALIAS) open.push(i);
    });
  }

  locate(path: Path, side: Side = 'value'): Place {
    for (const [words, candidate] of [path, ...inDefaults(path)].entries()) {
      const found = this.#find(candidate);
      if (found !== undefined) return this.#place(found, side, words === 0 ? path : candidate);
    }
    for (let length = path.length - 1; length >= 0; length--) {
      const found = this.#find(path.slice(0, length));
      if (found !== undefined) return this.#place(found, 'key', path);
    }
    return { file: this.#file, line: 1, column: 1, path: formatPath(path) };
  }

  /** A place within a block of text (`|`); in any other scalar its beginning. */
  locateIn(path: Path, { line, column }: { readonly line: number; readonly column: number }): Place {
    const place = this.locate(path);
    const found = this.#find(path);
    const event = found === undefined ? undefined : this.#events[this.#follow(found.value)];
    if (event?.type !== EVENT_ID.SCALAR || event.style !== SCALAR_STYLE.LITERAL_BLOCK) return place;
    const header = startOf(event, this.#text) ?? 0;
    const indent = /\n( *)[^ \n\r]/.exec(this.#text.slice(this.#text.indexOf('\n', header)))?.[1] ?? '';
    return { ...place, line: this.#lines.at(header).line + line, column: indent.length + column };
  }

  #place(found: Found, side: Side, path: Path): Place {
    const key = found.key === undefined ? undefined : startOf(this.#events[found.key], this.#text);
    const value = this.#events[found.value];
    const scalar = value?.type === EVENT_ID.SCALAR || value?.type === EVENT_ID.ALIAS;
    // "nodes.r1" is best looked for at the word r1, not at the first word inside of it.
    const offset = side === 'value' && (scalar || key === undefined) ? (startOf(value, this.#text) ?? key) : key;
    const at = this.#lines.at(offset ?? startOf(value, this.#text) ?? 0);
    return { file: this.#file, ...at, path: formatPath(path) };
  }

  #find(path: Path): Found | undefined {
    let found: Found | undefined = this.#events.length > 1 ? { value: 1, key: undefined } : undefined;
    for (const step of path) {
      if (found === undefined) return undefined;
      found = this.#step(this.#follow(found.value), step);
    }
    return found;
  }

  /** The event of an alias's anchor; any other event itself. */
  #follow(index: number): number {
    return this.#targets.get(index) ?? index;
  }

  #step(index: number, step: string | number): Found | undefined {
    const event = this.#events[index];
    if (event?.type === EVENT_ID.SEQUENCE) {
      const value = this.#children(index)[Number(step)];
      return value === undefined ? undefined : { value, key: undefined };
    }
    return event?.type === EVENT_ID.MAPPING ? this.#member(index, String(step)) : undefined;
  }

  /** The events that stand directly in a list, or in a mapping (key, value, key, value, …). */
  #children(index: number): readonly number[] {
    const known = this.#inside.get(index);
    if (known !== undefined) return known;
    const out: number[] = [];
    for (let at = index + 1; at < this.#ends[index]! - 1; at = this.#ends[at]!) out.push(at);
    this.#inside.set(index, out);
    return out;
  }

  #member(index: number, name: string): Found | undefined {
    let members = this.#members.get(index);
    if (members === undefined) this.#members.set(index, (members = this.#index(index)));
    const found = members.keys.get(name);
    if (found !== undefined) return found;
    for (const merge of members.merges) {
      const target = this.#follow(merge);
      const list = this.#events[target]?.type === EVENT_ID.SEQUENCE;
      const merged = list ? this.#merged(target, name) : this.#step(target, name);
      if (merged !== undefined) return merged;
    }
    return undefined;
  }

  #index(index: number): Members {
    const members: Members = { keys: new Map(), merges: [] };
    const children = this.#children(index);
    for (let i = 0; i < children.length; i += 2) {
      const key = children[i]!;
      const value = children[i + 1]!;
      const event = this.#events[key]!;
      if (event.type !== EVENT_ID.SCALAR) continue;
      const text = getScalarValue(this.#text, event);
      const name = this.#replaced(text);
      if (text === '<<' && event.style === SCALAR_STYLE.PLAIN) members.merges.push(value);
      else if (!members.keys.has(name)) members.keys.set(name, { value, key });
    }
    return members;
  }

  #merged(list: number, name: string): Found | undefined {
    for (const at of this.#children(list)) {
      const found = this.#step(this.#follow(at), name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #replaced(text: string): string {
    if (!text.includes('$')) return text;
    const result = substitute(text, this.#env);
    return 'text' in result ? result.text : text;
  }
}

/** Where a value stands that a node, process or link has from `defaults`. */
function inDefaults(path: Path): Path[] {
  const [section, , third, , ...inner] = path;
  if (section === 'nodes' && third === 'processes' && path.length > 4)
    return [
      ['defaults', 'process', ...inner],
      ['defaults', 'node', ...path.slice(2)],
    ];
  if (section === 'nodes' && path.length > 2) return [['defaults', 'node', ...path.slice(2)]];
  if (section === 'links' && path.length > 2) return [['defaults', 'link', ...path.slice(2)]];
  return [];
}
