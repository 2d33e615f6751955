/** What an interface says of itself. */
import { family } from '../../model/address.ts';
import { canonicalMac, isGroupMac } from '../../model/mac.ts';
import type { InterfaceDocument } from '../document.ts';
import type { Device, DraftNode } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { oneOf, quoted } from '../words.ts';
import { FALLBACKS } from '../../model/fallbacks.ts';
import { below } from './devices.ts';
import { checkDevice } from './devices-by-type.ts';
import { checkStack } from './stack.ts';
import { checkTunnels } from './tunnels.ts';
import { IPV6_MTU, vxlanOverhead, widthOf } from './width.ts';

const IP_TUNNELS = ['gre', 'gretap', 'ip6gre', 'ipip', 'ip6tnl', 'sit'];

/** Keys that only some types have; all others every interface has. A type that is not built yet never comes here. */
const KEYS_OF: Readonly<Record<string, readonly string[]>> = {
  ports: ['bridge', 'bond', 'vrf'],
  stp: ['bridge'],
  vlan_filtering: ['bridge'],
  id: ['vxlan', 'vlan', 'geneve'],
  link: ['vxlan', 'vlan', 'macvlan', 'ipvlan', ...IP_TUNNELS],
  local: ['vxlan', ...IP_TUNNELS],
  remote: ['vxlan', 'geneve', ...IP_TUNNELS],
  port: ['vxlan', 'geneve'],
  learning: ['vxlan'],
  protocol: ['vlan'],
  mode: ['macvlan', 'ipvlan', 'bond'],
  miimon: ['bond'],
  table: ['vrf'],
  key: ['gre', 'gretap', 'ip6gre'],
  ttl: ['geneve', ...IP_TUNNELS],
  private_key: ['wireguard'],
  listen_port: ['wireguard'],
  peers: ['wireguard'],
};

/** What `lo` can say: it is there by itself, and up. */
const LO_KEYS = ['addresses', 'up'];

/** Judges each interface of a node. */
export function checkInterfaces(node: DraftNode, problems: Problems): void {
  for (const device of node.devices.values()) {
    const { document } = device;
    if (FALLBACKS.has(device.name)) {
      const why = `found ${quoted(device.name)}, a name that the kernel gives to an interface of its own, expected another one`;
      if (device.at === device.home) problems.keyError(device.at, why);
      else problems.error(device.at, why);
    }
    if (document !== undefined) {
      checkKeys(device, document, problems);
      checkMac(device, document, problems);
      checkDevice(node, device, document, problems);
    }
    const six = device.addresses.some(({ prefix }) => family(prefix.bytes) === 6);
    if (six && device.mtu !== undefined && device.mtu < IPV6_MTU) {
      const at = device.mtuAt ?? device.home;
      problems.error(
        at,
        `found ${device.mtu}, expected at least ${IPV6_MTU}, because ${node.name}:${device.name} has an IPv6 address`,
      );
    }
    if (six && device.mtu === undefined) checkRoom(node, device, problems);
  }
  checkTunnels(node, problems);
  checkStack(node, problems);
}

/** A vxlan that has an IPv6 address, and what it stands on is too narrow for that. */
function checkRoom(node: DraftNode, device: Device, problems: Problems): void {
  const lower = device.type === 'vxlan' ? below(node, device) : undefined;
  const width = lower === undefined ? undefined : widthOf(node, device);
  if (lower === undefined || width === undefined || width >= IPV6_MTU) return;
  const overhead = vxlanOverhead(device.document);
  const address = device.addresses.find(({ prefix }) => family(prefix.bytes) === 6)!;
  problems.error(
    address.at,
    `found an IPv6 address on a vxlan over ${lower.name}, which takes ${width + overhead} bytes, expected an mtu of at least ${IPV6_MTU + overhead} there`,
  );
}

function checkKeys(device: Device, document: InterfaceDocument, problems: Problems): void {
  for (const key of Object.keys(document)) {
    if (device.type === 'loopback') {
      if (LO_KEYS.includes(key)) continue;
      problems.keyError([...device.home, key], `found ${quoted(key)}, expected nothing but addresses for lo`);
      continue;
    }
    const types = Object.hasOwn(KEYS_OF, key) ? KEYS_OF[key] : undefined;
    if (types === undefined || types.includes(device.type)) continue;
    const what = document.type === undefined ? 'the end of a link' : `a ${device.type}`;
    problems.keyError(
      [...device.home, key],
      `${device.name} is ${what}; ${quoted(key)} belongs to the type ${oneOf(types)}`,
    );
  }
  if (device.type === 'loopback' && document.up === false) {
    problems.error([...device.home, 'up'], 'found false, expected nothing: lo is always up');
  }
}

function checkMac(device: Device, { mac }: InterfaceDocument, problems: Problems): void {
  if (mac === undefined) return;
  const at = [...device.home, 'mac'];
  const text = canonicalMac(mac);
  if (text === undefined) problems.error(at, `found ${quoted(mac)}, expected a MAC address, such as 02:00:00:00:00:01`);
  else if (text === '00:00:00:00:00:00')
    problems.error(at, 'found a MAC address of zeros, which no interface can have');
  else if (isGroupMac(text)) {
    problems.error(
      at,
      `found ${quoted(mac)}, a multicast address (the lowest bit of the first byte is set), expected one of a single interface`,
    );
  }
}
