/** Devices and their addresses → resources. */
import { formatPrefix, family, isLinkLocal, scopeOf } from '../../model/address.ts';
import { canonicalMac, defaultMac, linkLocalPrefix } from '../../model/mac.ts';
import type { Address, BridgeOptions, Link, Resource, VxlanOptions } from '../../model/resource.ts';
import { isUp, type Device, type DraftBridge } from '../draft.ts';
import { addressText } from '../values.ts';

/** The UDP port of VXLAN that IANA gave it; the kernel's own default, 8472, is older than that. */
export const VXLAN_PORT = 4789;

/** One device: like `ip link add`. */
export function linkOf(device: Device, bridge?: DraftBridge): Link {
  const { node, name, type, at, document, peer, master, mtu } = device;
  if (type === 'loopback') return { kind: 'link', node, name, type, up: true, at };
  const mac = document?.mac === undefined ? undefined : canonicalMac(document.mac);
  const options = type === 'bridge' ? bridgeOptions(bridge?.document ?? document ?? {}) : undefined;
  const vxlan = type === 'vxlan' ? vxlanOptions(device) : undefined;
  return {
    kind: 'link',
    node,
    name,
    type,
    up: isUp(device),
    ...(mtu === undefined ? {} : { mtu }),
    ...(mac === undefined ? {} : { mac }),
    ...(master === undefined ? {} : { master }),
    ...(peer === undefined ? {} : { peer: { node: peer.node, link: peer.name } }),
    ...(options === undefined ? {} : { bridge: options }),
    ...(vxlan === undefined ? {} : { vxlan }),
    at,
  };
}

function bridgeOptions({
  stp,
  vlan_filtering,
}: {
  readonly stp?: boolean;
  readonly vlan_filtering?: boolean;
}): BridgeOptions {
  return { stp: stp ?? false, vlanFiltering: vlan_filtering ?? false };
}

function vxlanOptions({ document = {} }: Device): VxlanOptions {
  const { id = 0, link, local, remote, port, learning } = document;
  return {
    id,
    ...(link === undefined ? {} : { link }),
    ...(local === undefined ? {} : { local: addressText(local) }),
    ...(remote === undefined ? {} : { remote: addressText(remote) }),
    port: port ?? VXLAN_PORT,
    learning: learning ?? true,
  };
}

/**
 * The addresses of a device. An interface with an IPv6 address needs a link-local one too (neighbour discovery and routing
 * protocols speak from it); the kernel makes none here, because it would take its time to.
 */
export function addressesOf(lab: string, device: Device): Resource[] {
  const { node, name, type, document } = device;
  const out: Address[] = device.addresses.map(({ prefix, at }) => ({
    kind: 'address',
    node,
    link: name,
    prefix: formatPrefix(prefix),
    scope: scopeOf(prefix.bytes),
    at,
  }));
  const six = device.addresses.filter(({ prefix }) => family(prefix.bytes) === 6);
  const first = six[0];
  if (type === 'loopback' || first === undefined || !isUp(device)) return out;
  if (six.some(({ prefix }) => isLinkLocal(prefix.bytes))) return out;
  const mac = (document?.mac === undefined ? undefined : canonicalMac(document.mac)) ?? defaultMac(lab, node, name);
  const prefix = linkLocalPrefix(mac);
  out.push({ kind: 'address', node, link: name, prefix, scope: 'link', implied: true, at: first.at });
  return out;
}
