import type { Namespace, Resource } from '../model/resource.ts';
import { isOfDevice, sysctlPath } from '../resource/sysctl.ts';

/** A namespace to be made, with the settings to write before anything stands in it: paths below /proc/sys. */
export interface NewNamespace {
  readonly name: string;
  readonly sysctls: readonly (readonly [path: string, value: string])[];
}

/** What every namespace of ours is given before it is shown to anyone. */
export const INITIAL_SYSCTLS: NewNamespace['sysctls'] = [
  // IPv6 is quiet until an interface has an IPv6 address; its link-local address is then made by us, usable at once.
  ['net/ipv6/conf/default/addr_gen_mode', '1'],
  // No autoconfiguration, and no router solicitations, unless asked for.
  ['net/ipv6/conf/default/accept_ra', '0'],
];

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
    if (each.kind !== 'sysctl' || isOfDevice(each.key)) continue;
    members.get(each.node)?.push([sysctlPath(each.key), each.value]);
  }
  return [...members].map(([name, own]) => ({ name, sysctls: [...INITIAL_SYSCTLS, ...own] }));
}
