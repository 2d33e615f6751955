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
    options?.link === undefined
      ? below
      : below - OVERHEAD - ((options.local ?? options.remote)?.includes(':') === true ? 20 : 0),
  // vxlan_changelink() refuses another number and another port, and another family.
  options: [
    { name: 'id' },
    // The entry of a far end names the device under it, and stays as it is.
    {
      name: 'link',
      inPlace: ({ from, to }, { remote }) => from !== undefined && to !== undefined && remote === undefined,
    },
    { name: 'local', inPlace: ({ from, to }, { remote }) => isSix(from ?? remote) === isSix(to ?? remote) },
    {
      name: 'remote',
      // A group is joined when the device comes up, and only then.
      inPlace: ({ from, to }, { local }) =>
        isSix(from ?? local) === isSix(to ?? local) && ![from, to].some(isMulticast),
    },
    { name: 'port' },
    { name: 'learning', inPlace: true },
  ],
  info({ id, local, remote, port, learning }, lower, purpose) {
    // Of a change that says nothing of an end the kernel keeps the old one.
    const none = purpose === 'create' ? undefined : isSix(local ?? remote) ? '::' : '0.0.0.0';
    const [near, far] = [local ?? none, remote ?? none];
    return {
      kind: 'vxlan',
      data: {
        ...(purpose === 'create' ? { id, port } : {}),
        learning: learning ? 1 : 0,
        ...(lower === undefined ? {} : { link: lower }),
        ...(near === undefined ? {} : isSix(near) ? { local6: near } : { local: near }),
        ...(far === undefined ? {} : isSix(far) ? { group6: far } : { group: far }),
      },
    };
  },
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
  words({ id, link, local, remote, port, learning }, purpose) {
    const none = purpose === 'create' ? undefined : isSix(local ?? remote) ? '::' : '0.0.0.0';
    return [
      // iproute2 wants the number said, even where it cannot change.
      ['id', id],
      ['dev', link],
      ['local', local ?? none],
      [isMulticast(remote) ? 'group' : 'remote', remote ?? none],
      ['dstport', purpose === 'create' && port],
      [learning ? 'learning' : 'nolearning', true],
    ];
  },
});

function isSix(address: string | undefined): boolean {
  return address?.includes(':') === true;
}

function isMulticast(address: string | undefined): boolean {
  if (address === undefined) return false;
  const first = Number.parseInt(address, 10);
  return address.includes(':') ? address.toLowerCase().startsWith('ff') : first >= 224 && first <= 239;
}

/** An address that says something: the kernel shows an unset one as zeros, or not at all. */
export function given(address: string | undefined): string | undefined {
  return address === undefined || address === '0.0.0.0' || address === '::' ? undefined : address;
}
