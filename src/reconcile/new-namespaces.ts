import type { Join, Surroundings } from '../model/namespace.ts';
import type { Namespace, Resource } from '../model/resource.ts';
import { INITIAL, isOfDevice, sysctlPath } from '../resource/sysctl.ts';

/** A namespace to be made, with the settings to write before anything stands in it: paths below /proc/sys. */
export interface NewNamespace {
  readonly name: string;
  readonly sysctls: readonly (readonly [path: string, value: string])[];
  /** The node that it is for, when that has a user namespace of its own, to which its network namespace is to belong. */
  readonly owner?: Surroundings;
  /** It is there already. */
  readonly join?: Join;
}

/** {@link INITIAL} as the keeper writes it. */
export const INITIAL_SYSCTLS: NewNamespace['sysctls'] = Object.entries(INITIAL).map(([key, value]) => [
  sysctlPath(key),
  value,
]);

/**
 * The namespaces among `resources` as the keeper makes them, with their settings among `resources`. Those of bridges come first:
 * all links of a star have an end in the namespace of its bridge, and are made while the others are still to come. Those that are there
 * already come last: nothing is made for them.
 */
export function newNamespaces(resources: readonly Resource[]): NewNamespace[] {
  const members = new Map<string, { readonly shape: Surroundings; readonly own: [string, string][] }>();
  const rank = ({ role, join }: Namespace): number => (role === 'bridge' ? 0 : join === undefined ? 1 : 2);
  const namespaces = resources.filter((each): each is Namespace => each.kind === 'namespace');
  for (const wanted of [0, 1, 2]) {
    for (const each of namespaces) if (rank(each) === wanted) members.set(each.node, { shape: each, own: [] });
  }
  for (const each of resources) {
    if (each.kind !== 'sysctl' || each.implied === true || isOfDevice(each.key)) continue;
    members.get(each.node)?.own.push([sysctlPath(each.key), each.value]);
  }
  return [...members].map(([name, { shape, own }]) => ({
    name,
    sysctls: [...INITIAL_SYSCTLS.filter(([path]) => !own.some(([said]) => said === path)), ...own],
    ...(shape.isolation.includes('user') ? { owner: shape } : {}),
    ...(shape.join === undefined ? {} : { join: shape.join }),
  }));
}
