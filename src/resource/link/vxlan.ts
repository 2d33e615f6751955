import type { VxlanOptions } from '../../model/resource.ts';
import { type Device, lowerName, optioned } from './device.ts';

/** Outer Ethernet, IPv4, UDP and VXLAN headers; IPv6 takes 20 more. */
const OVERHEAD = 50;

/** An Ethernet over UDP. Like `ip link add vx0 type vxlan id 7 dev eth0 local 10.0.0.1 dstport 4789`. */
export const vxlan: Device = optioned<VxlanOptions>({
  kind: 'vxlan',
  config: 'CONFIG_VXLAN',
  mac: 'own',
  stage: 'stack',
  of: (link) => link.vxlan,
  // Without a device under it the kernel takes nothing off.
  mtu: ({ vxlan: options }, below) =>
    options?.link === undefined ? below : below - OVERHEAD - (options.local?.includes(':') === true ? 20 : 0),
  // The kernel lets a vxlan change some of these while it stands, but not its network identifier, port or lower device.
  options: [
    { name: 'id' },
    { name: 'link' },
    { name: 'local' },
    { name: 'remote' },
    { name: 'port' },
    { name: 'learning' },
  ],
  info: ({ id, local, remote, port, learning }, lower) => ({
    kind: 'vxlan',
    data: {
      id,
      port,
      learning: learning ? 1 : 0,
      ...(lower === undefined ? {} : { link: lower }),
      ...(local === undefined ? {} : local.includes(':') ? { local6: local } : { local }),
      ...(remote === undefined ? {} : remote.includes(':') ? { group6: remote } : { group: remote }),
    },
  }),
  read(shown) {
    const { linkinfo } = shown.attrs;
    if (linkinfo?.kind !== 'vxlan' || linkinfo.data === undefined) return {};
    const { id = 0, link, local, local6, group, group6, port = 0, learning } = linkinfo.data;
    const source = given(local) ?? given(local6);
    const remote = given(group) ?? given(group6);
    return {
      vxlan: {
        id,
        port,
        learning: learning === 1,
        ...lowerName(shown, link),
        ...(source === undefined ? {} : { local: source }),
        ...(remote === undefined ? {} : { remote }),
      },
    };
  },
  words: ({ id, link, local, remote, port, learning }) => [
    ['id', id],
    ['dev', link],
    ['local', local],
    [remote !== undefined && isMulticast(remote) ? 'group' : 'remote', remote],
    ['dstport', port],
    [learning ? 'learning' : 'nolearning', true],
  ],
});

function isMulticast(address: string): boolean {
  const first = Number.parseInt(address, 10);
  return address.includes(':') ? address.toLowerCase().startsWith('ff') : first >= 224 && first <= 239;
}

/** An address that says something: the kernel shows an unset one as zeros, or not at all. */
export function given(address: string | undefined): string | undefined {
  return address === undefined || address === '0.0.0.0' || address === '::' ? undefined : address;
}
