import type { Namespace, Resource } from '../model/resource.ts';
import { INITIAL, isOfDevice, sysctlPath } from '../resource/sysctl.ts';

/** A namespace to be made, with the settings to write before anything stands in it: paths below /proc/sys. */
export interface NewNamespace {
  readonly name: string;
  readonly sysctls: readonly (readonly [path: string, value: string])[];
}

/** {@link INITIAL} as the keeper writes it. */
export const INITIAL_SYSCTLS: NewNamespace['sysctls'] = Object.entries(INITIAL).map(([key, value]) => [
  sysctlPath(key),
  value,
]);

/**
 * The namespaces among `resources` as the keeper makes them, with their settings among `resources`. Those of bridges come first:
 * all links of a star have an end in the namespace of its bridge, and are made while the others are still to come.
 */
export function newNamespaces(resources: readonly Resource[]): NewNamespace[] {
  const members = new Map<string, [string, string][]>();
  const isBridge = (each: Namespace): boolean => each.role === 'bridge';
  const namespaces = resources.filter((each): each is Namespace => each.kind === 'namespace');
  for (const { node } of [...namespaces.filter(isBridge), ...namespaces.filter((each) => !isBridge(each))]) {
    members.set(node, []);
  }
  for (const each of resources) {
    if (each.kind !== 'sysctl' || each.implied === true || isOfDevice(each.key)) continue;
    members.get(each.node)?.push([sysctlPath(each.key), each.value]);
  }
  return [...members].map(([name, own]) => ({ name, sysctls: [...INITIAL_SYSCTLS, ...own] }));
}
