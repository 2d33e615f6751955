/** Draft → resources: what the kernel shall be equal to. Expects a draft that has passed all rules. */
import { HOST } from '../../model/host.ts';
import type { Resource } from '../../model/resource.ts';
import { type Draft, isForeign } from '../draft.ts';
import { foreignNetfilterOf, foreignSysctls, uplinkRouteOf } from './host.ts';
import { addressesOf, linkOf } from './links.ts';
import { netfilterOf, nftTextOf } from './netfilter.ts';
import { hairpinBridges } from './nat.ts';
import { namespaceOf, sysctlsOf } from './node.ts';
import { filesOf, processesOf, setupOf } from './processes.ts';
import { fdbOf, neighboursOf, routesOf, rulesOf } from './routes.ts';

/**
 * Every resource, in the order of the file: namespaces first (nodes, then bridges), then all that stands in each of them. `folder`: what
 * relative paths begin with.
 */
export function expand(draft: Draft, folder: string): Resource[] {
  const out: Resource[] = [];
  for (const node of draft.nodes.values()) if (node.name !== HOST) out.push(namespaceOf(node, folder));
  for (const { name, at } of draft.bridges.values()) {
    out.push({ kind: 'namespace', node: name, role: 'bridge', hostname: name, isolation: ['net'], at });
  }
  for (const node of draft.nodes.values()) {
    const back = hairpinBridges(node);
    for (const device of node.devices.values()) {
      const link = linkOf(device);
      out.push(device.master !== undefined && back.has(device.master) ? { ...link, hairpin: true } : link);
    }
    for (const device of node.devices.values()) out.push(...addressesOf(draft.name, device));
    const settings = sysctlsOf(node);
    out.push(
      ...settings,
      ...(isForeign(node) ? foreignSysctls(node, settings) : uplinkRouteOf(node)),
      ...routesOf(node),
      ...rulesOf(node),
      ...neighboursOf(node),
      ...fdbOf(node),
      ...(isForeign(node) ? foreignNetfilterOf(draft.name, node) : netfilterOf(node)),
      ...nftTextOf(node),
    );
    out.push(...filesOf(node), ...setupOf(node), ...processesOf(draft, node));
  }
  for (const bridge of draft.bridges.values()) {
    out.push({ kind: 'link', node: bridge.name, name: 'lo', type: 'loopback', up: true, at: bridge.at });
    for (const device of bridge.devices.values()) out.push(linkOf(device, bridge));
  }
  return out;
}
