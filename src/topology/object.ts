/** A topology given as an object by a program: copied to plain values first, so that nothing it does later can be seen here. */
import type { Path } from '../model/place.ts';
import type { Problems } from './problems.ts';
import { MAX_DEPTH, MAX_EXPANDED } from './yaml.ts';
import { shown } from './words.ts';

/** Copies what JSON can say; anything else (functions, classes, cycles) is a problem. Absent and undefined are the same. */
export function readObject(object: unknown, problems: Problems): unknown {
  let count = 0;
  const open = new Set<unknown>();
  const copy = (value: unknown, path: Path): unknown => {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
    if (typeof value !== 'object') {
      problems.error(path, `found ${shown(value)}, expected what JSON can say`);
      return null;
    }
    if (open.has(value) || path.length > MAX_DEPTH || ++count > 4 * MAX_EXPANDED) {
      problems.error(
        path,
        open.has(value) ? 'found an object that contains itself' : 'found an object that is too large',
      );
      return null;
    }
    open.add(value);
    const out = Array.isArray(value)
      ? value.map((item: unknown, i) => copy(item, [...path, i]))
      : Object.entries(value).reduce<Record<string, unknown>>(
          (map, [key, item]) => {
            if (item !== undefined) map[key] = copy(item, [...path, key]);
            return map;
          },
          Object.create(null) as Record<string, unknown>,
        );
    open.delete(value);
    return out;
  };
  return copy(object, []);
}
