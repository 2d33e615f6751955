import type { Resource } from '../model/resource.ts';
import { keyOf } from '../resource/index.ts';

/** Keys, asked for one by one. */
export type Keys = Pick<ReadonlySet<string>, 'has'>;

/** The keys of resources, worked out when one is asked for: mostly nobody does. */
export function keysOf(resources: readonly Resource[]): Keys {
  let keys: ReadonlySet<string> | undefined;
  return { has: (key) => (keys ??= new Set(resources.map(keyOf))).has(key) };
}

/** What is in either. */
export function either(a: Keys, b: Keys): Keys {
  return { has: (key) => a.has(key) || b.has(key) };
}
