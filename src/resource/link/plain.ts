import { type Device, type LinkInfo, make } from './device.ts';

/** A device that takes no options. Like `ip link add d0 type dummy`. `fixed`: what cannot be changed while it stands. */
export function plain(linkinfo: LinkInfo, config: string, fixed: readonly string[] = []): Device {
  return {
    config,
    mac: 'own',
    stage: 'base',
    differences: () => [],
    isFixed: ({ field }) => fixed.includes(field),
    create: (wanted, around) => make('base', wanted, around, { linkinfo }),
    change: () => [],
    read: () => ({}),
    words: () => '',
    changeWords: () => '',
  };
}
