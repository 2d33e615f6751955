import type { BondOptions } from '../../model/resource.ts';
import { BOND_MODE } from '../../netlink/constants.ts';
import { wordFor } from '../wire.ts';
import { type Device, optioned } from './device.ts';

const MODE = {
  'balance-rr': BOND_MODE.ROUNDROBIN,
  'active-backup': BOND_MODE.ACTIVEBACKUP,
  'balance-xor': BOND_MODE.XOR,
  broadcast: BOND_MODE.BROADCAST,
  '802.3ad': BOND_MODE['8023AD'],
  'balance-tlb': BOND_MODE.TLB,
  'balance-alb': BOND_MODE.ALB,
} as const;

/** Several links as one. Like `ip link add bond0 type bond mode active-backup miimon 100`. */
export const bond: Device = optioned<BondOptions>({
  kind: 'bond',
  config: 'CONFIG_BONDING',
  mac: 'own',
  stage: 'base',
  of: (link) => link.bond,
  // The kernel changes the mode only of a bond that has no members and is down.
  options: [{ name: 'mode' }, { name: 'miimon', inPlace: true }],
  info: ({ mode, miimon }, _, purpose) => ({
    kind: 'bond',
    data: purpose === 'create' ? { mode: MODE[mode], miimon } : { miimon },
  }),
  read({ attrs: { linkinfo } }) {
    if (linkinfo?.kind !== 'bond' || linkinfo.data === undefined) return {};
    const { mode = 0, miimon = 0 } = linkinfo.data;
    return { bond: { mode: wordFor(MODE, mode) ?? 'balance-rr', miimon } };
  },
  words: ({ mode, miimon }, purpose) => [
    ['mode', purpose === 'create' && mode],
    ['miimon', miimon],
  ],
});
