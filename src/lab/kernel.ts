/** What a topology needs of the kernel, asked before anything is built. */
import { KernelError, type Problem } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import type { DeviceType, Link } from '../model/resource.ts';
import { BASIC, filtersVlans, missingLinkTypes } from '../reconcile/link-types.ts';
import { deviceOf, isDeviceType } from '../resource/link/devices.ts';

/**
 * Refuses a topology with kinds of interfaces, or with bridges, that this kernel lacks. Costs nothing where there are only links, bridges and VXLANs.
 * @throws KernelError that names each line
 */
export function requireLinkTypes({ resources, locate }: Pick<LabModel, 'resources' | 'locate'>): void {
  const asked: (Link & { readonly type: DeviceType })[] = [];
  const filtering: Link[] = [];
  for (const resource of resources) {
    if (resource.kind !== 'link') continue;
    if (isExtra(resource)) asked.push(resource);
    if (resource.bridge?.vlanFiltering === true) filtering.push(resource);
  }
  const missing = asked.length === 0 ? new Set() : missingLinkTypes(new Set(asked.map(({ type }) => type)));
  const problem = ({ at = [] }: Link, key: string, message: string): Problem => ({
    ...locate([...at, key]),
    message,
    severity: 'error',
  });
  const problems = asked
    .filter(({ type }) => missing.has(type))
    .map((link) =>
      problem(link, 'type', `this kernel has no link type "${link.type}" (${deviceOf(link.type)?.config ?? ''})`),
    );
  if (filtering.length > 0 && !filtersVlans()) {
    const lacks = 'this kernel has no bridges that look at VLAN tags (CONFIG_BRIDGE_VLAN_FILTERING)';
    problems.push(...filtering.map((link) => problem(link, 'vlan_filtering', lacks)));
  }
  if (problems.length > 0) throw new KernelError(problems);
}

function isExtra(link: Link): link is Link & { readonly type: DeviceType } {
  return isDeviceType(link.type) && !BASIC.has(link.type);
}
