/** What a topology needs of the kernel, asked before anything is built. */
import { KernelError, type Problem } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import type { DeviceType, Link } from '../model/resource.ts';
import { BASIC, missingLinkTypes } from '../reconcile/link-types.ts';
import { deviceOf, isDeviceType } from '../resource/link/devices.ts';

/**
 * Refuses a topology with kinds of interfaces that this kernel lacks. Costs nothing where there are only links, bridges and VXLANs.
 * @throws KernelError that names each line
 */
export function requireLinkTypes({ resources, locate }: Pick<LabModel, 'resources' | 'locate'>): void {
  const asked: (Link & { readonly type: DeviceType })[] = [];
  for (const resource of resources) {
    if (resource.kind === 'link' && isExtra(resource)) asked.push(resource);
  }
  if (asked.length === 0) return;
  const missing = missingLinkTypes(new Set(asked.map(({ type }) => type)));
  if (missing.size === 0) return;
  const problems = asked
    .filter(({ type }) => missing.has(type))
    .map(({ type, at = [] }): Problem => {
      const config = deviceOf(type)?.config ?? '';
      return {
        ...locate([...at, 'type']),
        message: `this kernel has no link type "${type}" (${config})`,
        severity: 'error',
      };
    });
  throw new KernelError(problems);
}

function isExtra(link: Link): link is Link & { readonly type: DeviceType } {
  return isDeviceType(link.type) && !BASIC.has(link.type);
}
