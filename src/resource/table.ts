import type { Table } from '../model/resource.ts';
import { NFPROTO } from '../netlink/constants.ts';
import { deltable } from '../netlink/spec/nftables.ts';
import type { Kind } from './kind.ts';
import { FLAGS } from './request.ts';

/** The families of tables, in the words of nft. */
const FAMILIES: Readonly<Record<string, number>> = {
  inet: NFPROTO.INET,
  ip: NFPROTO.IPV4,
  ip6: NFPROTO.IPV6,
  arp: NFPROTO.ARP,
  bridge: NFPROTO.BRIDGE,
  netdev: NFPROTO.NETDEV,
};

/** The word for a family's number; undefined for one that nft has no word for. */
export function familyWord(number: number): string | undefined {
  return Object.keys(FAMILIES).find((word) => FAMILIES[word] === number);
}

/** The number of a family's word; undefined for a word that nft does not have. */
export function familyNumber(word: string): number | undefined {
  return Object.hasOwn(FAMILIES, word) ? FAMILIES[word] : undefined;
}

/** A table of nftables that somebody else made: netlab never makes one, it lists it, and removes it when asked to. */
export const table: Kind<Table> = {
  kind: 'table',
  key: ({ node, name }) => `${node} ${name}`,
  describe: ({ node, name }) => `nftables table ${name} on ${node}`,
  differences: () => [],
  create: () => [],
  update: () => [],
  remove({ node, name }, around) {
    if (around.isDropped(node)) return [];
    const [family = '', own = ''] = name.split(' ');
    const value = { header: { family: FAMILIES[family] ?? NFPROTO.UNSPEC }, attrs: { name: own } };
    return [
      {
        via: 'netfilter',
        stage: 'unset',
        node,
        accept: ['ENOENT'],
        add: (batch, tag) => batch.add(deltable, value, FLAGS.change, tag),
      },
    ];
  },
  commands: () => [],
  removeCommands: ({ name }) => [`nft delete table ${name}`],
};
