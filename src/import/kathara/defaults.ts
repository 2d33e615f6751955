/** What Kathará sets in every device (its DockerMachine), where Linux has something else. */
import type { Draft, NodeDraft } from '../draft.ts';

/** Settings of a device without IPv6. They are those of `defaults.node`. */
const SYSCTLS = {
  'net.ipv4.conf.all.rp_filter': 0,
  'net.ipv4.conf.default.rp_filter': 0,
  'net.ipv4.icmp_ratelimit': 0,
} as const;

const NO_IPV6 = { 'net.ipv6.conf.all.disable_ipv6': 1, 'net.ipv6.conf.default.disable_ipv6': 1 } as const;

const WITH_IPV6 = { 'net.ipv6.conf.all.accept_ra': 0, 'net.ipv6.icmp.ratelimit': 0 } as const;

/** Writes `defaults.node`; `ipv6`: whether any device has IPv6. */
export function addDefaults(draft: Draft, ipv6: boolean): void {
  draft.topology.defaults = {
    node: { forwarding: { ipv4: true }, sysctls: { ...SYSCTLS, ...(ipv6 ? {} : NO_IPV6) } },
  };
}

/** What a device has besides, in a lab in which some have IPv6. */
export function setIpv6(node: NodeDraft, on: boolean): void {
  if (on) node.forwarding = true;
  node.sysctls = { ...(on ? WITH_IPV6 : NO_IPV6), ...node.sysctls };
}
