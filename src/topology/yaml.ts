/**
 * YAML text → plain values. The values are built here from js-yaml's events rather than by its own constructor, so that each
 * thing that is wrong (a duplicate key, an unknown tag, a variable without a value) is reported at its own place and all of
 * them together, mappings have no prototype to be polluted, and what aliases may expand to is bounded.
 */
import {
  EVENT_ID,
  SCALAR_STYLE,
  YAMLException,
  getScalarValue,
  NOT_RESOLVED,
  parseEvents,
  type AliasEvent,
  type Event,
  type MappingEvent,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';
import type { Path } from '../model/place.ts';
import { cut, printable } from '../model/text.ts';
import { Lines, startOf } from './places.ts';
import { reasonInWords } from './yaml-reasons.ts';
import { plain, tagged } from './scalars.ts';
import { quoted } from './words.ts';
import { substitute, type Environment } from './variables.ts';

/** How deep lists and mappings may stand in each other, aliases followed. */
export const MAX_DEPTH = 100;
/** How many values aliases and merge keys may add to those that are written out. */
export const MAX_EXPANDED = 200_000;

/** Something wrong with the text itself, at an offset in it. */
export interface TextProblem {
  readonly offset: number;
  readonly path: Path;
  readonly message: string;
  /** Whether what stands at the path means nothing because of it. */
  readonly spoils: boolean;
}

/** What a YAML text says, and what is wrong with the text. */
export interface Parsed {
  /** Mappings have no prototype; values under an alias are shared, not copied. Undefined when the text cannot be read at all. */
  readonly value: unknown;
  /** Where the quoted scalars stand in which a variable was replaced: their text may yet turn out to be a number. */
  readonly replaced: readonly Path[];
  readonly events: readonly Event[];
  readonly problems: readonly TextProblem[];
}

/** Reads one YAML document. Never throws for anything that a text can hold. */
export function parseYaml(text: string, env: Environment): Parsed {
  const failed = (offset: number, message: string, events: readonly Event[] = []): Parsed => ({
    value: undefined,
    replaced: [],
    events,
    problems: [{ offset, path: [], message, spoils: false }],
  });
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const at = error.mark?.position ?? 0;
    return failed(at, `not valid YAML: ${reasonInWords(error.reason, MAX_DEPTH, text.slice(at - 1, at + 1))}`);
  }
  const documents = events.flatMap((event, i) => (event.type === EVENT_ID.DOCUMENT ? [i] : []));
  if (documents.length === 0)
    return failed(0, 'found an empty file, expected a mapping with "nodes" and "links"', events);
  const second = documents[1];
  if (second !== undefined) {
    const marker = startOf(events[second + 1], text);
    return failed(marker ?? text.length, 'found a second YAML document, expected one topology in a file', events);
  }
  const builder = new Builder(text, events, env);
  try {
    const value = builder.build();
    return { value, replaced: builder.replaced, events, problems: builder.problems };
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    return failed(error.offset, error.message, events);
  }
}

/** Aliases that expand to more than anyone means to write. */
class TooMuch extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

type Mapping = Record<string, unknown>;
type Collection = Mapping | unknown[];

class Builder {
  readonly problems: TextProblem[] = [];
  readonly replaced: Path[] = [];
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #env: Environment;
  readonly #lines: Lines;
  readonly #anchors = new Map<string, unknown>();
  /** Collections that are still being built: an alias to one of them would contain itself. */
  readonly #open = new Set<unknown>();
  readonly #sizes = new WeakMap<Collection, { size: number; depth: number }>();
  readonly #path: (string | number)[] = [];
  #expanded = 0;
  #at = 0;

  constructor(text: string, events: readonly Event[], env: Environment) {
    this.#text = text;
    this.#events = events;
    this.#env = env;
    this.#lines = new Lines(text);
  }

  build(): unknown {
    this.#at = 1; // 0 is the start of the document
    return this.#value();
  }

  #value(): unknown {
    const event = this.#events[this.#at++];
    if (event?.type === EVENT_ID.SCALAR) return this.#anchored(event, this.#scalar(event));
    if (event?.type === EVENT_ID.SEQUENCE) return this.#sequence(event);
    if (event?.type === EVENT_ID.MAPPING) return this.#mapping(event);
    return event?.type === EVENT_ID.ALIAS ? this.#alias(event) : null;
  }

  #sequence(event: SequenceEvent): unknown[] {
    this.#checkTag(event, 'seq');
    const list: unknown[] = this.#anchored(event, []);
    this.#open.add(list);
    for (let i = 0; this.#events[this.#at]?.type !== EVENT_ID.POP; i++) {
      this.#path.push(i);
      list.push(this.#value());
      this.#path.pop();
    }
    this.#at++;
    this.#open.delete(list);
    return list;
  }

  #mapping(event: MappingEvent): Mapping {
    this.#checkTag(event, 'map');
    const map = this.#anchored(event, Object.create(null) as Mapping);
    this.#open.add(map);
    const own = new Map<string, number>();
    while (this.#events[this.#at]?.type !== EVENT_ID.POP) {
      const keyEvent = this.#events[this.#at]!;
      if (keyEvent.type === EVENT_ID.SCALAR) {
        this.#at++;
        this.#pair(map, own, keyEvent);
      } else {
        const what = keyEvent.type === EVENT_ID.ALIAS ? 'an alias' : 'a list or mapping';
        this.#problem(keyEvent, `found ${what} as a key, expected a word`, false);
        this.#value();
        this.#value();
      }
    }
    this.#at++;
    this.#open.delete(map);
    return map;
  }

  #pair(map: Mapping, own: Map<string, number>, keyEvent: ScalarEvent): void {
    const text = getScalarValue(this.#text, keyEvent);
    if (text === '<<' && keyEvent.style === SCALAR_STYLE.PLAIN) {
      const valueEvent = this.#events[this.#at]!;
      this.#path.push('<<');
      const value = this.#value();
      this.#path.pop();
      this.#merge(map, own, value, valueEvent);
      return;
    }
    const key = this.#replace(text, keyEvent);
    const offset = startOf(keyEvent, this.#text) ?? 0;
    this.#path.push(key);
    const first = own.get(key);
    if (first === undefined) {
      own.set(key, offset);
      map[key] = this.#value();
    } else {
      const { line } = this.#lines.at(first);
      this.#problem(keyEvent, `the key ${quoted(key)} stands twice in this mapping, first in line ${line}`, false);
      this.#value();
    }
    this.#path.pop();
  }

  /** `<<`: keys that the mapping has not itself; the first of several merged mappings wins (YAML 1.1 merge keys). */
  #merge(map: Mapping, own: ReadonlyMap<string, number>, value: unknown, event: Event): void {
    for (const source of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        this.#problem(event, 'found no mapping after <<, expected one or a list of them', false);
        continue;
      }
      this.#count(source as Mapping, event);
      for (const [key, item] of Object.entries(source)) {
        if (!own.has(key) && !Object.hasOwn(map, key)) map[key] = item;
      }
    }
  }

  #alias(event: AliasEvent): unknown {
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    if (!this.#anchors.has(name)) {
      this.#problem(event, `there is no anchor &${printable(cut(name))} above this alias`);
      return null;
    }
    const value = this.#anchors.get(name);
    if (this.#open.has(value)) {
      throw new TooMuch(
        startOf(event, this.#text) ?? 0,
        `the alias *${printable(cut(name))} stands inside of its own anchor`,
      );
    }
    if (typeof value === 'object' && value !== null) this.#count(value as Collection, event);
    return value;
  }

  /** Adds what an alias stands for to the account, and refuses a file in which that grows without bounds. */
  #count(value: Collection, event: Event): void {
    const { size, depth } = this.#measure(value);
    this.#expanded += size;
    const offset = startOf(event, this.#text) ?? 0;
    if (this.#expanded > MAX_EXPANDED) throw new TooMuch(offset, `aliases expand to more than ${MAX_EXPANDED} values`);
    if (this.#path.length + depth > MAX_DEPTH) {
      throw new TooMuch(offset, `lists and mappings stand more than ${MAX_DEPTH} deep in each other, aliases followed`);
    }
  }

  #measure(value: Collection): { size: number; depth: number } {
    const known = this.#sizes.get(value);
    if (known !== undefined) return known;
    let size = 1;
    let depth = 1;
    for (const item of Object.values(value)) {
      if (typeof item === 'object' && item !== null) {
        const inner = this.#measure(item as Collection);
        size += inner.size;
        depth = Math.max(depth, inner.depth + 1);
      } else size++;
    }
    this.#sizes.set(value, { size, depth });
    return { size, depth };
  }

  #anchored<T>(event: ScalarEvent | SequenceEvent | MappingEvent, value: T): T {
    if (event.anchorStart >= 0) this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), value);
    return value;
  }

  #scalar(event: ScalarEvent): unknown {
    const text = getScalarValue(this.#text, event);
    const out = text.includes('$') ? this.#replace(text, event) : text;
    const tag = event.tagStart >= 0 ? this.#text.slice(event.tagStart, event.tagEnd) : '';
    if (tag !== '') return this.#tagged(event, tag, out);
    if (event.style === SCALAR_STYLE.PLAIN) return plain(out);
    if (out !== text) this.replaced.push([...this.#path]);
    return out;
  }

  #tagged(event: ScalarEvent, tag: string, text: string): unknown {
    const value = tagged(tag, text);
    if (value === undefined)
      this.#problem(event, `found the tag ${printable(cut(tag))}, expected a value without a tag`);
    else if (value === NOT_RESOLVED) this.#problem(event, `found ${quoted(text)}, which is no ${tag}`);
    else return value;
    return text;
  }

  #checkTag(event: SequenceEvent | MappingEvent, kind: 'seq' | 'map'): void {
    if (event.tagStart < 0) return;
    const tag = this.#text.slice(event.tagStart, event.tagEnd);
    if (tag !== '!' && tag !== `!!${kind}`)
      this.#problem(event, `found the tag ${printable(cut(tag))}, expected a value without a tag`);
  }

  #replace(text: string, event: ScalarEvent): string {
    if (!text.includes('$')) return text;
    const result = substitute(text, this.#env);
    if ('text' in result) return result.text;
    this.#problem(event, result.problem);
    return text;
  }

  #problem(event: Event, message: string, spoils = true): void {
    this.problems.push({ offset: startOf(event, this.#text) ?? 0, path: [...this.#path], message, spoils });
  }
}
