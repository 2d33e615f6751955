/** A node's namespace and settings → resources. */
import type { Namespace, Sysctl } from '../../model/resource.ts';
import { entries, type NodeDocument, own } from '../document.ts';
import { type DraftNode, isForeign } from '../draft.ts';
import { sysctlValue } from '../values.ts';
import { confinementOf } from './confinement.ts';
import { isolationOf } from './isolation.ts';
import { mountsOf } from './mounts.ts';
import { limitsOf } from './limits.ts';
import { publishesAt } from './nat.ts';
import { rootfsOf } from './rootfs.ts';

/** The settings that `forwarding` stands for. */
export const FORWARDING = { ipv4: 'net.ipv4.ip_forward', ipv6: 'net.ipv6.conf.all.forwarding' } as const;
/** Without it the kernel drops what is sent to 127.0.0.1 and translated to an address elsewhere. */
const ROUTE_LOCALNET = 'net.ipv4.conf.all.route_localnet';

/** The namespaces of a node. */
export function namespaceOf(node: DraftNode, folder: string): Namespace {
  const { hostname, internet } = node.document;
  const confinement = confinementOf(node.document);
  const rootfs = rootfsOf(node, folder);
  // A root of one's own is as a container's, the machine's as it always was.
  const masked = hasMasks(node.document);
  const limits = limitsOf(node.document.limits);
  return {
    kind: 'namespace',
    node: node.name,
    role: 'node',
    hostname: hostname ?? node.name,
    ...isolationOf(node.document),
    ...(internet === true ? { internet } : {}),
    ...(confinement === undefined ? {} : { confinement }),
    ...(rootfs === undefined ? {} : { rootfs }),
    ...mountsOf(node, folder),
    ...(masked ? { masked } : {}),
    ...(limits === undefined ? {} : { limits }),
    at: node.at,
  };
}

/** What `forwarding` sets, by family. */
export function forwardingOf({ document: { forwarding } }: DraftNode): { ipv4?: boolean; ipv6?: boolean } {
  return typeof forwarding === 'boolean' ? { ipv4: forwarding, ipv6: forwarding } : (forwarding ?? {});
}

/** The settings of a node: `forwarding`, `sysctls`, and what published ports need. What `sysctls` says comes first. */
export function sysctlsOf(node: DraftNode): Sysctl[] {
  const { sysctls } = node.document;
  const out: Sysctl[] = [];
  const add = (key: string, value: string, at: Sysctl['at'] & object): void => {
    if (own(sysctls, key) === undefined) out.push({ kind: 'sysctl', node: node.name, key, value, at });
  };
  const forwarding = forwardingOf(node);
  for (const family of ['ipv4', 'ipv6'] as const) {
    const on = forwarding[family];
    if (on !== undefined) add(FORWARDING[family], on ? '1' : '0', [...node.at, 'forwarding']);
  }
  // In somebody else's namespace this opens only what leads to the target: foreignSysctls().
  const publish = isForeign(node) ? undefined : publishesAt(node);
  if (publish !== undefined) add(ROUTE_LOCALNET, '1', [...node.at, 'nat', publish, 'publish']);
  for (const [key, value] of entries(sysctls)) {
    out.push({ kind: 'sysctl', node: node.name, key, value: sysctlValue(value), at: [...node.at, 'sysctls', key] });
  }
  return out;
}

/** Whether parts of /proc and /sys are hidden from its programs. */
export function hasMasks({ masked_paths, rootfs }: NodeDocument): boolean {
  const own = rootfs !== undefined && (rootfs.host !== true || rootfs.copy_on_write === true);
  return (masked_paths ?? (own ? 'default' : 'none')) === 'default';
}
