import type { VlanOptions } from '../../model/resource.ts';
import { type Device, lowerName, optioned } from './device.ts';

/** ETH_P_8021Q and ETH_P_8021AD of linux/if_ether.h. */
const PROTOCOL = { '802.1Q': 0x8100, '802.1ad': 0x88a8 } as const;

/** A VLAN of another device. Like `ip link add link eth0 eth0.10 type vlan id 10`. */
export const vlan: Device = optioned<VlanOptions>({
  kind: 'vlan',
  config: 'CONFIG_VLAN_8021Q',
  mac: 'lower',
  stage: 'stack',
  stacked: true,
  of: (link) => link.vlan,
  options: [{ name: 'link' }, { name: 'id' }, { name: 'protocol' }],
  info: ({ id, protocol }) => ({ kind: 'vlan', data: { id, protocol: PROTOCOL[protocol] } }),
  read(shown) {
    const { link, linkinfo } = shown.attrs;
    if (linkinfo?.kind !== 'vlan' || linkinfo.data === undefined) return {};
    const { id = 0, protocol } = linkinfo.data;
    return {
      vlan: { ...lowerName(shown, link), id, protocol: protocol === PROTOCOL['802.1ad'] ? '802.1ad' : '802.1Q' },
    };
  },
  words: ({ id, protocol }) => [
    ['protocol', protocol],
    ['id', id],
  ],
});
