import type { MacvlanOptions } from '../../model/resource.ts';
import { MACVLAN_MODE } from '../../netlink/constants.ts';
import { wordFor } from '../wire.ts';
import { type Device, lowerName, optioned } from './device.ts';

const MODE = {
  private: MACVLAN_MODE.PRIVATE,
  vepa: MACVLAN_MODE.VEPA,
  bridge: MACVLAN_MODE.BRIDGE,
  passthru: MACVLAN_MODE.PASSTHRU,
  source: MACVLAN_MODE.SOURCE,
} as const;

/** One more MAC address on a device's segment. Like `ip link add link eth0 web type macvlan mode bridge`. */
export const macvlan: Device = optioned<MacvlanOptions>({
  kind: 'macvlan',
  config: 'CONFIG_MACVLAN',
  mac: 'own',
  stage: 'stack',
  stacked: true,
  of: (link) => link.macvlan,
  options: [
    { name: 'link' },
    // passthru takes the whole of the device under it, and is neither entered nor left.
    { name: 'mode', inPlace: ({ from, to }) => from !== 'passthru' && to !== 'passthru' },
  ],
  info: ({ mode }) => ({ kind: 'macvlan', data: { mode: MODE[mode] } }),
  read(shown) {
    const { link, linkinfo } = shown.attrs;
    if (linkinfo?.kind !== 'macvlan' || linkinfo.data === undefined) return {};
    return { macvlan: { ...lowerName(shown, link), mode: wordFor(MODE, linkinfo.data.mode ?? 0) ?? 'vepa' } };
  },
  words: ({ mode }) => [['mode', mode]],
});
