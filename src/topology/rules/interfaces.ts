/** What an interface says of itself. */
import { family } from '../../model/address.ts';
import { canonicalMac, isGroupMac } from '../../model/mac.ts';
import type { InterfaceDocument } from '../document.ts';
import type { Device, DraftNode } from '../draft.ts';
import { VXLAN_PORT } from '../expand/links.ts';
import type { Problems } from '../problems.ts';
import { oneOf, quoted } from '../words.ts';
import { readIp } from './addresses.ts';
import { readDevice } from './devices.ts';

/** Keys that only some types have; all others every interface has. A type that is not built yet never comes here. */
const KEYS_OF: Readonly<Record<string, readonly string[]>> = {
  ports: ['bridge', 'bond', 'vrf'],
  stp: ['bridge'],
  vlan_filtering: ['bridge'],
  id: ['vxlan', 'vlan', 'geneve'],
  link: ['vxlan', 'vlan', 'macvlan', 'ipvlan', 'gre', 'gretap'],
  local: ['vxlan', 'gre', 'gretap', 'ipip', 'sit'],
  remote: ['vxlan', 'geneve', 'gre', 'gretap', 'ipip', 'sit'],
  port: ['vxlan', 'geneve'],
  learning: ['vxlan'],
  mode: ['macvlan', 'ipvlan', 'bond'],
  table: ['vrf'],
  key: ['gre', 'gretap', 'ip6gre'],
  ttl: ['gre', 'gretap', 'ipip', 'sit'],
  private_key: ['wireguard'],
  listen_port: ['wireguard'],
  peers: ['wireguard'],
};

/** What `lo` can say: it is there by itself, and up. */
const LO_KEYS = ['addresses', 'up'];
/** RFC 8200, section 5: no link may be narrower. */
const IPV6_MTU = 1280;

/** Judges each interface of a node. */
export function checkInterfaces(node: DraftNode, problems: Problems): void {
  const tunnels = new Map<string, string>();
  for (const device of node.devices.values()) {
    const { document } = device;
    if (document !== undefined) {
      checkKeys(device, document, problems);
      checkMac(device, document, problems);
      if (device.type === 'vxlan') checkVxlan(node, device, document, tunnels, problems);
    }
    const six = device.addresses.some(({ prefix }) => family(prefix.bytes) === 6);
    if (six && device.mtu !== undefined && device.mtu < IPV6_MTU) {
      const at = device.mtuAt ?? device.home;
      problems.error(
        at,
        `found ${device.mtu}, expected at least ${IPV6_MTU}, because ${node.name}:${device.name} has an IPv6 address`,
      );
    }
  }
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

function checkVxlan(
  node: DraftNode,
  device: Device,
  document: InterfaceDocument,
  tunnels: Map<string, string>,
  problems: Problems,
): void {
  const { id, link, local, remote, port = VXLAN_PORT } = document;
  if (id === undefined) {
    if (!problems.damaged([...device.home, 'id']))
      problems.keyError(device.home, 'the key "id" is missing: a vxlan has a number (id: 1)');
  } else {
    // vxlan_config_validate(): one device for each number, port and family.
    const key = `${id} ${port} ${(local ?? remote ?? '').includes(':') ? 6 : 4}`;
    const other = tunnels.get(key);
    if (other === undefined) tunnels.set(key, device.name);
    else problems.error([...device.home, 'id'], `${other} has the number ${id} on UDP port ${port} already`);
  }
  const lower = link === undefined ? undefined : readDevice(node, link, [...device.home, 'link'], problems);
  if (lower === device) problems.error([...device.home, 'link'], `${device.name} cannot stand on itself`);
  const ends = (
    [
      ['local', local],
      ['remote', remote],
    ] as const
  ).map(([key, text]) => (text === undefined ? undefined : readIp(text, [...device.home, key], problems)));
  const [near, far] = ends;
  if (near !== undefined && far !== undefined && near.length !== far.length) {
    problems.error(
      [...device.home, 'remote'],
      `found ${quoted(remote ?? '')}, expected an IPv${family(near)} address, as local is one`,
    );
  }
  const outer = near ?? far;
  const overhead = outer !== undefined && family(outer) === 6 ? 70 : 50;
  const below = lower?.mtu ?? (lower?.type === 'veth' ? 1500 : undefined);
  // The kernel would answer EINVAL, or quietly take less when the device is made.
  if (below !== undefined && device.mtu !== undefined && device.mtu > below - overhead) {
    problems.error(
      device.mtuAt ?? device.home,
      `found ${device.mtu}, expected at most ${below - overhead}: ${String(link)} takes ${below} bytes, and VXLAN needs ${overhead} of them`,
    );
  }
}
