import type { VrfOptions } from '../../model/resource.ts';
import { type Device, optioned } from './device.ts';

/** IP6_MAX_MTU: what the kernel gives a vrf, which splits nothing itself. */
const MTU = 65575;

/** A routing table of its own for its members. Like `ip link add red type vrf table 10`. */
export const vrf: Device = optioned<VrfOptions>({
  kind: 'vrf',
  config: 'CONFIG_NET_VRF',
  mac: 'own',
  stage: 'base',
  mtu: () => MTU,
  of: (link) => link.vrf,
  options: [{ name: 'table' }],
  info: ({ table }) => ({ kind: 'vrf', data: { table } }),
  read: ({ attrs: { linkinfo } }) =>
    linkinfo?.kind === 'vrf' && linkinfo.data?.table !== undefined ? { vrf: { table: linkinfo.data.table } } : {},
  words: ({ table }) => [['table', table]],
});
