/** What a lab of an ordinary user asks of the machine beyond its user namespace: a way out, and ports that lead in. */
import { HOST } from '../model/host.ts';
import type { LabModel } from '../model/lab.ts';
import type { Path } from '../model/place.ts';
import type { Resource } from '../model/resource.ts';
import type { ForwardedPort } from '../process/uplink-programs.ts';

/** A port of the machine, and the line that asks for it. */
export type PublishedPort = ForwardedPort & { readonly at?: Path | undefined };

/** Whether the file has a part on the host, `internet: true` among it. The host's loopback is nobody's wish. */
export function needsWayOut({ resources }: Pick<LabModel, 'resources'>): boolean {
  return resources.some(({ node, at }) => node === HOST && at !== undefined);
}

/**
 * The ports at which others reach `host`, each once: those it publishes, and those of `dnat` for what comes in by the way out
 * (`uplink`) to whatever address.
 */
export function forwardedPorts(resources: readonly Resource[], uplink: string): PublishedPort[] {
  const ports = new Map<string, PublishedPort>();
  for (const resource of resources) {
    if (resource.node !== HOST || resource.kind !== 'netfilter') continue;
    for (const rule of resource.nat) {
      const isOpen =
        rule.type === 'publish' ||
        (rule.type === 'dnat' && rule.dest === undefined && (rule.in === undefined || rule.in === uplink));
      if (!isOpen || rule.proto === undefined || rule.port === undefined) continue;
      const { proto, port, at } = rule;
      if (!ports.has(`${proto} ${port}`)) ports.set(`${proto} ${port}`, { proto, port, at });
    }
  }
  return [...ports.values()];
}
