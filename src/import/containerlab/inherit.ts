/** What a node of a containerlab file has: its own keys, those of its group, of its kind, and of `defaults`. */
import type { Path } from '../../model/place.ts';
import { isMapping, mappingAt, wordOf, type ClabDocument, type Mapping } from './document.ts';

/** A value, and where it stands. */
export interface Said<T> {
  readonly value: T;
  readonly path: Path;
}

interface Level {
  readonly keys: Mapping;
  readonly path: Path;
}

/** A node with all that it inherits. */
export class ClabNode {
  readonly name: string;
  readonly kind: string;
  /** Where the node itself stands. */
  readonly path: Path;
  /** The most special first. */
  readonly #levels: readonly Level[];

  constructor(document: ClabDocument, name: string) {
    const { topology } = document;
    const at = (key: string, which: string): Level => ({
      keys: mappingAt(mappingAt(topology, key), which),
      path: ['topology', key, which],
    });
    const own = at('nodes', name);
    const defaults: Level = { keys: mappingAt(topology, 'defaults'), path: ['topology', 'defaults'] };
    const text = ({ keys }: Level, key: string): string => wordOf(keys[key]) ?? '';
    const ownGroup = at('groups', text(own, 'group'));
    const kind =
      text(own, 'kind') ||
      text(ownGroup, 'kind') ||
      text(at('groups', text(defaults, 'group')), 'kind') ||
      text(defaults, 'kind');
    const ofKind = at('kinds', kind);
    const group = at('groups', text(own, 'group') || text(ofKind, 'group') || text(defaults, 'group'));
    this.name = name;
    this.kind = kind;
    this.path = own.path;
    this.#levels = [own, group, ofKind, defaults];
  }

  /** The keys that are said anywhere, each where it is said most specially, and what was found there. */
  keys(): (Said<string> & { readonly found: unknown })[] {
    const all = new Map<string, { readonly path: Path; readonly found: unknown }>();
    for (const { keys, path } of this.#levels)
      for (const [key, found] of Object.entries(keys)) if (!all.has(key)) all.set(key, { path: [...path, key], found });
    return [...all].map(([value, { path, found }]) => ({ value, path, found }));
  }

  /** A word; the most special one that is not empty. */
  word(key: string): Said<string> | undefined {
    for (const { keys, path } of this.#levels) {
      const value = wordOf(keys[key]);
      if (value !== undefined && value !== '') return { value, path: [...path, key] };
    }
    return undefined;
  }

  /** The words of lists of all levels, the most general first, each once. */
  list(key: string): Said<string>[] {
    const all = new Map<string, Path>();
    for (const { keys, path } of this.#levels.toReversed()) {
      const found = keys[key];
      for (const [i, item] of (Array.isArray(found) ? (found as unknown[]) : []).entries()) {
        const value = wordOf(item);
        if (value !== undefined && !all.has(value)) all.set(value, [...path, key, i]);
      }
    }
    return [...all].map(([value, path]) => ({ value, path }));
  }

  /** The words of mappings of all levels by their keys; the most special one counts. */
  map(key: string): Map<string, Said<string>> {
    const all = new Map<string, Said<string>>();
    for (const { keys, path } of this.#levels.toReversed()) {
      const found = keys[key];
      if (!isMapping(found)) continue;
      for (const [name, item] of Object.entries(found)) {
        const value = wordOf(item) ?? (item === null ? '' : undefined);
        if (value !== undefined) all.set(name, { value, path: [...path, key, name] });
      }
    }
    return all;
  }
}
