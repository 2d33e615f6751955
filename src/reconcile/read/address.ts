import type { Address } from '../../model/resource.ts';
import { RT_SCOPE } from '../../netlink/constants.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { getaddr } from '../../netlink/spec/rt-addr.ts';
import { networkText } from '../../resource/address.ts';
import { PROTOCOL } from '../../resource/kind.ts';
import { SCOPE, wordFor } from '../../resource/wire.ts';
import type { Names } from './link.ts';

/** A resource and the protocol number that it bears: who made it. */
export interface Marked<R> {
  readonly resource: R;
  readonly protocol: number;
}

/**
 * All addresses of a namespace but those that the kernel makes itself, those of a link in the order in which they were added. Like
 * `ip address show`, which of IPv6 shows the last one first.
 */
export function readAddresses(node: string, socket: NetlinkSocket, names: Names): Marked<Address>[] {
  const found: Marked<Address>[] = [];
  for (const { header, attrs } of socket.dump(getaddr, {})) {
    const link = names.get(header.index);
    const ip = attrs.local ?? attrs.address;
    if (link === undefined || ip === undefined) continue;
    // lo's own addresses come and go with lo.
    if (link === 'lo' && (ip === '127.0.0.1' || ip === '::1')) continue;
    const protocol = attrs.proto ?? 0;
    const prefix = `${ip}/${header.prefixlen}`;
    const scope = wordFor(SCOPE, header.scope === RT_SCOPE.SITE ? RT_SCOPE.UNIVERSE : header.scope) ?? 'global';
    found.push({ protocol, resource: { kind: 'address', node, link, prefix, scope } });
  }
  return inOrderOfMaking(found);
}

/** ipv6_link_dev_addr() of the kernel puts a new address before those of its scope. */
function inOrderOfMaking(found: Marked<Address>[]): Marked<Address>[] {
  // A dump tells of IPv4 first, then of IPv6.
  const six = found.findIndex(({ resource }) => resource.prefix.includes(':'));
  for (let start = six < 0 ? found.length : six; start < found.length;) {
    const { link, scope } = found[start]!.resource;
    let end = start + 1;
    while (found[end]?.resource.link === link && found[end]?.resource.scope === scope) end += 1;
    if (end > start + 1) found.splice(start, end - start, ...found.slice(start, end).toReversed());
    start = end;
  }
  return found;
}

/** Whether the kernel makes a route to the network of an address: not to one that is the address alone, nor on an IPv4 loopback. */
export function hasNetwork({ link, prefix }: Address): boolean {
  return prefix.includes(':') ? !prefix.endsWith('/128') : link !== 'lo' && !prefix.endsWith('/32');
}

/** The addresses, and of ours those to whose network the kernel's route has been removed. `isUp` tells of links. */
export function withLostNetworks(
  addresses: readonly Marked<Address>[],
  networks: ReadonlySet<string>,
  isUp: (link: string) => boolean,
): Marked<Address>[] {
  const passed = new Set<string>();
  return addresses.map(({ resource, protocol }) => {
    if (!hasNetwork(resource) || !isUp(resource.link)) return { protocol, resource };
    const network = networkText(resource.prefix);
    const isFirst = !passed.has(network);
    const own = `${resource.link} ${network}`;
    // Of several addresses in one network a link's first one has the route.
    const hasRoute = networks.has(own) || passed.has(own);
    passed.add(network).add(own);
    if (protocol !== PROTOCOL || hasRoute) return { protocol, resource };
    return { protocol, resource: { ...resource, unrouted: isFirst ? 'first' : 'later' } };
  });
}
