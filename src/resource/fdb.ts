import type { Fdb } from '../model/resource.ts';
import { AF, NTF, NUD } from '../netlink/constants.ts';
import { delneigh, newneigh } from '../netlink/spec/rt-neigh.ts';
import { type Kind, type Surroundings } from './kind.ts';
import { FLAGS, route } from './request.ts';
import { shellWord } from './shell.ts';

/** What gets everything that has no entry of its own. */
export const ALL_ZERO = '00:00:00:00:00:00';

/** A static forwarding entry: behind which port, or which tunnel end, a MAC lives. */
export const fdb: Kind<Fdb> = {
  kind: 'fdb',
  key: ({ node, dev, mac, dst }) => `${node}:${dev} ${mac}${dst === undefined ? '' : ` dst ${dst}`}`,
  describe: ({ node, dev, mac, dst }) => `fdb ${mac}${dst === undefined ? '' : ` dst ${dst}`} on ${node}:${dev}`,
  differences: () => [],
  create(wanted, around) {
    // The all-zero entry is a list of the tunnel ends that get what has no entry of its own; any other MAC has one place.
    const flags = wanted.mac === ALL_ZERO ? FLAGS.append : FLAGS.replace;
    return [route('configure', wanted.node, newneigh, message(wanted, around), flags)];
  },
  update: () => [],
  remove(found, around) {
    if (around.isDropped(found.node)) return [];
    return [route('unset', found.node, delneigh, message(found, around), FLAGS.change, ['ENOENT', 'ENODEV'])];
  },
  commands: ({ mac, dev, dst }) => [
    `bridge fdb ${mac === ALL_ZERO ? 'append' : 'replace'} ${mac} dev ${shellWord(dev)} ${where(dst)}`,
  ],
  removeCommands: ({ mac, dev, dst }) => [`bridge fdb delete ${mac} dev ${shellWord(dev)} ${where(dst)}`],
};

/** In the bridge that the device is a port of, or in the device's own table (a vxlan's): never aged in either. */
function where(dst: string | undefined): string {
  return dst === undefined ? 'master static' : `dst ${dst} self permanent`;
}

function message({ node, mac, dev, dst }: Fdb, around: Surroundings) {
  return {
    header: {
      family: AF.BRIDGE,
      ifindex: around.index(node, dev),
      // Of a bridge, a permanent entry is an address of the bridge itself; a static one lives behind the port.
      state: dst === undefined ? NUD.NOARP : NUD.PERMANENT | NUD.NOARP,
      // The device's own table (a vxlan's), or that of the bridge it is a port of.
      flags: dst === undefined ? NTF.MASTER : NTF.SELF,
    },
    attrs: { lladdr: mac, ...(dst === undefined ? {} : { dst }) },
  };
}
