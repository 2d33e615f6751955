import type { Address } from '../model/resource.ts';
import { formatPrefix, networkOf, parsePrefix } from '../model/address.ts';
import { IFA_F, RT_SCOPE, RT_TABLE, RTN, RTPROT } from '../netlink/constants.ts';
import { deladdr, newaddr } from '../netlink/spec/rt-addr.ts';
import { newroute } from '../netlink/spec/rt-route.ts';
import { compare, type Kind, PROTOCOL, type Surroundings } from './kind.ts';
import { FLAGS, route } from './request.ts';
import { shellWord, words } from './shell.ts';
import { familyOf, SCOPE, splitPrefix } from './wire.ts';

/** The metric that the kernel gives its routes to the networks of IPv6 addresses: linux/ipv6_route.h. */
const IP6_RT_PRIO_ADDRCONF = 256;

/** An IPv4 or IPv6 address on a link. */
export const address: Kind<Address> = {
  kind: 'address',
  key: ({ node, link, prefix }) => `${node}:${link} ${prefix}`,
  describe: ({ node, link, prefix }) => `address ${prefix} on ${node}:${link}`,
  differences: (wanted, found) => [
    ...compare('scope', wanted.scope, found.scope),
    ...(found.unrouted === undefined
      ? []
      : [{ field: 'network', from: 'unreachable', to: networkText(wanted.prefix) }]),
  ],
  // An address's scope is fixed when it is made.
  mustReplace: (differences) => differences.some(({ field }) => field === 'scope'),

  create({ node, link, prefix, scope, implied }, around) {
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
    // Where a file turns on the kernel's own link-local addresses (addr_gen_mode), it may have made this one by now.
    return [route('configure', node, newaddr, { header, attrs }, implied === true ? FLAGS.replace : FLAGS.add)];
  },

  // The route that the kernel makes with the address, as the kernel makes it: then it goes with the address, too.
  update({ node, link, prefix }, { unrouted }, _differences, around) {
    const [dst, length] = splitPrefix(networkText(prefix));
    const table = tableOf(node, link, around);
    const six = prefix.includes(':');
    const header = {
      family: familyOf(dst),
      dst_len: length,
      table: table < 256 ? table : 0,
      protocol: RTPROT.KERNEL,
      scope: six ? RT_SCOPE.UNIVERSE : RT_SCOPE.LINK,
      type: RTN.UNICAST,
    };
    const own = six ? { priority: IP6_RT_PRIO_ADDRCONF } : { prefsrc: splitPrefix(prefix)[0] };
    const attrs = { dst, table, oif: around.index(node, link), ...own };
    // Two links may have addresses in one network: packets take the route that was made first.
    const flags = unrouted === 'later' ? FLAGS.append : FLAGS.prepend;
    return [route('configure', node, newroute, { header, attrs }, flags, ['EEXIST'])];
  },

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
  updateCommands: ({ node, link, prefix }, { unrouted }, _differences, around) => {
    const verb = `route ${unrouted === 'later' ? 'append' : 'prepend'}`;
    const where = `${networkText(prefix)} dev ${shellWord(link)} table ${tableOf(node, link, around)} proto kernel`;
    return prefix.includes(':')
      ? [`ip -6 ${verb} ${where} metric ${IP6_RT_PRIO_ADDRCONF}`]
      : [`ip ${verb} ${where} scope link src ${splitPrefix(prefix)[0]}`];
  },
  removeCommands: ({ link, prefix }) => [`ip address delete ${prefix} dev ${shellWord(link)}`],
};

/** The network of an address: `10.0.0.0/24` of `10.0.0.1/24`. */
export function networkText(prefix: string): string {
  const parsed = parsePrefix(prefix);
  return parsed === undefined ? prefix : formatPrefix(networkOf(parsed));
}

/** Where the kernel looks up what comes in by a link: the table of its vrf, or the main one. */
function tableOf(node: string, link: string, around: Pick<Surroundings, 'wantedLink'>): number {
  const master = around.wantedLink(node, link)?.master;
  const vrf = master === undefined ? undefined : around.wantedLink(node, master)?.vrf;
  return vrf?.table ?? RT_TABLE.MAIN;
}
