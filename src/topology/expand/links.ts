/** Devices and their addresses → resources. */
import { formatPrefix, family, isLinkLocal, scopeOf } from '../../model/address.ts';
import { canonicalMac, defaultMac, linkLocalPrefix } from '../../model/mac.ts';
import type { Address, Link, Resource } from '../../model/resource.ts';
import { isUp, type Device, type DraftBridge } from '../draft.ts';
import { optionsOf } from './devices.ts';

/** One device: like `ip link add`. */
export function linkOf(device: Device, bridge?: DraftBridge): Link {
  const { node, name, type, at, document, peer, master, mtu } = device;
  if (type === 'loopback') return { kind: 'link', node, name, type, up: true, at };
  const mac = document?.mac === undefined ? undefined : canonicalMac(document.mac);
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
    ...optionsOf(type, bridge?.document ?? document ?? {}),
    at,
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
