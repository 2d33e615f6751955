/**
 * The keys of the topology language, each by the mapping in which it stands (`route.via`, `process.restart`), and the words that
 * a key can have (`route.type=blackhole`); and which of them a topology uses.
 */
import type { Schema } from '../../src/topology/explain.ts';
import { isUnsupported, unsupportedValues } from '../../src/topology/unsupported.ts';

/** A key of the language, or one of its words. */
export interface Key {
  /** `interface.mtu`, `interface.type=vxlan`. */
  readonly name: string;
  /** Refused by name in this version. */
  readonly refused: boolean;
}

/** The schema, with its definitions looked up. */
export class Language {
  readonly #root: Schema;

  constructor(root: Schema) {
    this.#root = root;
  }

  /** Every key and every word. */
  keys(): Key[] {
    const found = new Map<string, Key>();
    this.#collect(this.#root, '', [], found, new Set());
    return [...found.values()];
  }

  /** The names of the keys and words that a document uses. */
  used(document: unknown): Set<string> {
    const found = new Set<string>();
    this.#use(this.#root, document, '', found);
    return found;
  }

  #collect(one: Schema, where: string, path: readonly string[], found: Map<string, Key>, seen: Set<string>): void {
    const at = this.#resolve(one, where);
    if (at.where !== where && seen.has(`${at.where} ${path.length}`)) return;
    seen.add(`${at.where} ${path.length}`);
    const { schema } = at;
    const document = path.join('.');
    for (const word of wordsOf(schema)) {
      const name = `${at.where}=${word}`;
      const refused = isRefused(path) || unsupportedValues(document, [word]).length > 0;
      add(name, refused);
    }
    for (const form of schema.anyOf ?? []) this.#collect(form, at.where, path, found, seen);
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      const name = join(at.where, key);
      add(name, isRefused([...path, key]));
      this.#collect(property, name, [...path, key], found, seen);
    }
    if (schema.items !== undefined) this.#collect(schema.items, at.where, [...path, '*'], found, seen);
    const { additionalProperties: any } = schema;
    if (typeof any === 'object') this.#collect(any, at.where, [...path, '*'], found, seen);

    // What is refused in one place (an interface's) and taken in another counts as taken.
    function add(name: string, refused: boolean): void {
      found.set(name, { name, refused: refused && (found.get(name)?.refused ?? true) });
    }
  }

  #use(one: Schema, value: unknown, where: string, found: Set<string>): void {
    const { schema, where: at } = this.#resolve(one, where);
    if (value === undefined || value === null) return;
    const word = wordsOf(schema).find((each) => each === value);
    if (word !== undefined) found.add(`${at}=${word}`);
    for (const form of schema.anyOf ?? [])
      if (fits(this.#resolve(form, at).schema, value)) this.#use(form, value, at, found);
    if (Array.isArray(value)) {
      for (const item of value) if (schema.items !== undefined) this.#use(schema.items, item, at, found);
      return;
    }
    if (typeof value !== 'object') return;
    for (const [key, item] of Object.entries(value)) {
      const property = schema.properties?.[key];
      if (property !== undefined) {
        found.add(join(at, key));
        this.#use(property, item, join(at, key), found);
      } else if (typeof schema.additionalProperties === 'object')
        this.#use(schema.additionalProperties, item, at, found);
    }
  }

  /** A definition that is a mapping gives its keys their first name, wherever it stands. */
  #resolve(one: Schema, where: string): { schema: Schema; where: string } {
    if (one.$ref === undefined) return { schema: one, where };
    const name = one.$ref.replace('#/definitions/', '');
    const definition = this.#root.definitions?.[name];
    if (definition === undefined) throw new Error(`the schema has no ${one.$ref}`);
    return this.#resolve(definition, hasKeys(definition) ? name : where);
  }
}

function hasKeys({ properties, anyOf = [] }: Schema): boolean {
  return properties !== undefined || anyOf.some((form) => form.properties !== undefined);
}

function wordsOf({ enum: words = [] }: Schema): string[] {
  return words.map(String);
}

function fits({ type, properties, items, enum: words }: Schema, value: unknown): boolean {
  if (Array.isArray(value)) return items !== undefined;
  if (typeof value === 'object') return properties !== undefined || type === 'object';
  return words?.includes(value) === true || (items === undefined && properties === undefined);
}

function join(where: string, key: string): string {
  return where === '' ? key : `${where}.${key}`;
}

/** Refused itself, or inside of what is. */
function isRefused(path: readonly string[]): boolean {
  return path.some((_, i) => isUnsupported(path.slice(0, i + 1).join('.')));
}
