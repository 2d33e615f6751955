import type { IpvlanOptions } from '../../model/resource.ts';
import { IPVLAN_MODE } from '../../netlink/constants.ts';
import { wordFor } from '../wire.ts';
import { type Device, lowerName, optioned } from './device.ts';

const MODE = { l2: IPVLAN_MODE.L2, l3: IPVLAN_MODE.L3, l3s: IPVLAN_MODE.L3S } as const;

/** More IP addresses behind a device's one MAC address. Like `ip link add link eth0 web type ipvlan mode l2`. */
export const ipvlan: Device = optioned<IpvlanOptions>({
  kind: 'ipvlan',
  config: 'CONFIG_IPVLAN',
  mac: 'lower',
  stage: 'stack',
  stacked: true,
  of: (link) => link.ipvlan,
  options: [{ name: 'link' }, { name: 'mode', inPlace: true }],
  info: ({ mode }) => ({ kind: 'ipvlan', data: { mode: MODE[mode] } }),
  read(shown) {
    const { link, linkinfo } = shown.attrs;
    if (linkinfo?.kind !== 'ipvlan' || linkinfo.data === undefined) return {};
    return { ipvlan: { ...lowerName(shown, link), mode: wordFor(MODE, linkinfo.data.mode ?? 0) ?? 'l3' } };
  },
  words: ({ mode }) => [['mode', mode]],
});
