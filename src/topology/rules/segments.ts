/** What must differ, or should be the same, among all interfaces that hear each other. */
import { isLinkLocal } from '../../model/address.ts';
import { groupBy } from '../../model/group-by.ts';
import { canonicalMac } from '../../model/mac.ts';
import type { Device, Draft } from '../draft.ts';
import type { Problems } from '../problems.ts';

/** Judges addresses within nodes, then addresses, MAC addresses and MTUs within segments. */
export function checkSegments(draft: Draft, problems: Problems): void {
  for (const node of draft.nodes.values()) checkAddressesOfNode(node.devices.values(), problems);
  for (const domain of domainsOf(draft)) {
    checkAddresses(domain, problems);
    checkMacs(domain, problems);
    checkMtus(domain, problems);
  }
}

/** Broadcast domains: interfaces joined by veth pairs, bridges, bonds, macvlans and ipvlans. Each holds its interfaces in file order. */
function domainsOf(draft: Draft): Device[][] {
  const parent = new Map<Device, Device>();
  const root = (device: Device): Device => {
    let at = device;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    // Shorten the way for the next one that asks.
    for (let one = device; one !== at;) {
      const next = parent.get(one) ?? at;
      parent.set(one, at);
      one = next;
    }
    return at;
  };
  const spaces = [...draft.nodes.values(), ...draft.bridges.values()];
  for (const { devices } of spaces) {
    for (const device of devices.values()) {
      const master = device.master === undefined ? undefined : devices.get(device.master);
      for (const other of [device.peer, master?.type === 'vrf' ? undefined : master, sharedWith(device, devices)]) {
        if (other !== undefined) parent.set(root(other), root(device));
      }
    }
  }
  const onSegments = spaces.flatMap(({ devices }) => [...devices.values()].filter(({ type }) => type !== 'loopback'));
  return [...groupBy(onSegments, root).values()];
}

/** The interface whose segment a macvlan or an ipvlan is on. */
function sharedWith({ type, document }: Device, devices: ReadonlyMap<string, Device>): Device | undefined {
  if ((type !== 'macvlan' && type !== 'ipvlan') || document?.link === undefined) return undefined;
  return devices.get(document.link);
}

function checkAddressesOfNode(devices: Iterable<Device>, problems: Problems): void {
  const seen = new Map<string, Device>();
  for (const device of devices) {
    for (const { text, prefix, at } of device.addresses) {
      const other = seen.get(text);
      if (other === undefined) seen.set(text, device);
      // A router may well be fe80::1 on each of its links.
      else if (other === device) problems.error(at, `${device.node}:${device.name} has the address ${text} twice`);
      else if (!isLinkLocal(prefix.bytes))
        problems.error(at, `${other.node}:${other.name} has the address ${text} already`);
    }
  }
}

function checkAddresses(domain: readonly Device[], problems: Problems): void {
  const seen = new Map<string, Device>();
  for (const device of domain) {
    for (const { text, at } of device.addresses) {
      const other = seen.get(text);
      if (other === undefined) seen.set(text, device);
      else if (other.node !== device.node) {
        problems.error(at, `${other.node}:${other.name}, on the same segment, has the address ${text} already`);
      }
    }
  }
}

function checkMacs(domain: readonly Device[], problems: Problems): void {
  const seen = new Map<string, Device>();
  for (const device of domain) {
    const mac = canonicalMac(device.document?.mac ?? '');
    if (mac === undefined) continue;
    const other = seen.get(mac);
    if (other === undefined) seen.set(mac, device);
    else
      problems.error(
        [...device.home, 'mac'],
        `${other.node}:${other.name}, on the same segment, has the MAC address ${mac} already`,
      );
  }
}

/** A warning, one for each segment: large packets would vanish between these two without a word. */
function checkMtus(domain: readonly Device[], problems: Problems): void {
  let least: Device | undefined;
  let most: Device | undefined;
  for (const device of domain) {
    // The kernel fits a bridge to its ports and a vxlan to its lower device, unless they are told.
    if (device.mtu === undefined && device.type !== 'veth') continue;
    if (least === undefined || mtuOf(device) < mtuOf(least)) least = device;
    if (most === undefined || mtuOf(device) > mtuOf(most)) most = device;
  }
  if (least === undefined || most === undefined || mtuOf(least) === mtuOf(most)) return;
  const at = most.mtuAt ?? least.mtuAt ?? most.home;
  const words = ({ node, name }: Device): string => `${node}:${name}`;
  problems.warn(
    at,
    `${words(most)} has an MTU of ${mtuOf(most)}, but ${words(least)} on the same segment has ${mtuOf(least)}`,
  );
}

function mtuOf(device: Device): number {
  return device.mtu ?? 1500;
}
