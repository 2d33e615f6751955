import { type Device, type LinkInfo, make } from './device.ts';

/** A device that takes no options. Like `ip link add d0 type dummy`. */
export function plain(linkinfo: LinkInfo, config: string): Device {
  return {
    config,
    mac: 'own',
    stage: 'base',
    differences: () => [],
    isFixed: () => false,
    create: (wanted, around) => make('base', wanted, around, { linkinfo }),
    change: () => [],
    read: () => ({}),
    words: () => '',
    changeWords: () => '',
  };
}
