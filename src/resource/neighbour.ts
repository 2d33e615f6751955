import type { Neighbour } from '../model/resource.ts';
import { NUD } from '../netlink/constants.ts';
import { delneigh, newneigh } from '../netlink/spec/rt-neigh.ts';
import { compare, type Kind, PROTOCOL, type Surroundings } from './kind.ts';
import { FLAGS, route } from './request.ts';
import { shellWord } from './shell.ts';
import { familyOf } from './wire.ts';

/** A permanent ARP or ND entry. */
export const neighbour: Kind<Neighbour> = {
  kind: 'neighbour',
  key: ({ node, dev, to }) => `${node}:${dev} ${to}`,
  describe: ({ node, dev, to, mac }) => `neighbour ${to} (${mac}) on ${node}:${dev}`,
  differences: (wanted, found) => compare('mac', wanted.mac, found.mac),
  create: (wanted, around) => [route('configure', wanted.node, newneigh, message(wanted, around), FLAGS.replace)],
  update: (wanted, _found, _differences, around) => [
    route('configure', wanted.node, newneigh, message(wanted, around), FLAGS.replace),
  ],
  remove(found, around) {
    if (around.isDropped(found.node)) return [];
    return [route('unset', found.node, delneigh, message(found, around), FLAGS.change, ['ENOENT', 'ENODEV'])];
  },
  commands: ({ to, mac, dev }) => [
    `ip neighbour replace ${to} lladdr ${mac} dev ${shellWord(dev)} nud permanent protocol ${PROTOCOL}`,
  ],
  updateCommands: (wanted, _found, _differences, around) => neighbour.commands(wanted, around),
  removeCommands: ({ to, dev }) => [`ip neighbour delete ${to} dev ${shellWord(dev)}`],
};

function message({ node, to, mac, dev }: Neighbour, around: Surroundings) {
  return {
    header: { family: familyOf(to), ifindex: around.index(node, dev), state: NUD.PERMANENT },
    attrs: { dst: to, lladdr: mac, protocol: PROTOCOL },
  };
}
