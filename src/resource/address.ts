import type { Address } from '../model/resource.ts';
import { IFA_F } from '../netlink/constants.ts';
import { deladdr, newaddr } from '../netlink/spec/rt-addr.ts';
import { compare, type Kind, PROTOCOL } from './kind.ts';
import { FLAGS, route } from './request.ts';
import { shellWord, words } from './shell.ts';
import { familyOf, SCOPE, splitPrefix } from './wire.ts';

/** An IPv4 or IPv6 address on a link. */
export const address: Kind<Address> = {
  kind: 'address',
  key: ({ node, link, prefix }) => `${node}:${link} ${prefix}`,
  describe: ({ node, link, prefix }) => `address ${prefix} on ${node}:${link}`,
  differences: (wanted, found) => compare('scope', wanted.scope, found.scope),
  // An address's scope is fixed when it is made.
  mustReplace: () => true,

  create({ node, link, prefix, scope }, around) {
    const [ip, prefixlen] = splitPrefix(prefix);
    const header = {
      family: familyOf(ip),
      prefixlen,
      index: around.index(node, link),
      scope: SCOPE[scope],
      // Duplicate address detection would keep the address from use for a second or two.
      flags: ip.includes(':') ? IFA_F.NODAD : 0,
    };
    const attrs = { local: ip, address: ip, proto: PROTOCOL };
    return [route('configure', node, newaddr, { header, attrs }, FLAGS.add)];
  },

  update: () => [],

  remove({ node, link, prefix }, around) {
    if (around.isDropped(node)) return [];
    const [ip, prefixlen] = splitPrefix(prefix);
    const header = { family: familyOf(ip), prefixlen, index: around.index(node, link) };
    const value = { header, attrs: { local: ip, address: ip } };
    return [route('unset', node, deladdr, value, FLAGS.change, ['EADDRNOTAVAIL', 'ENODEV'])];
  },

  // The script's preamble sets $mark to `proto 110` where iproute2 can put that on an address.
  commands: ({ link, prefix, scope }) => [
    words(
      `ip address add ${prefix} dev ${shellWord(link)}`,
      scope === 'global' ? undefined : `scope ${scope}`,
      prefix.includes(':') ? 'nodad' : undefined,
      '$mark',
    ),
  ],
  removeCommands: ({ link, prefix }) => [`ip address delete ${prefix} dev ${shellWord(link)}`],
};
