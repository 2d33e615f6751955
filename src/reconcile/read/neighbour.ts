import type { Fdb, Neighbour } from '../../model/resource.ts';
import { AF, NTF, NUD } from '../../netlink/constants.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { getneigh } from '../../netlink/spec/rt-neigh.ts';
import type { Marked } from './address.ts';
import type { Names } from './link.ts';

/** The permanent neighbour entries of a namespace; what ARP and ND learn is theirs. Like `ip neighbour show nud permanent`. */
export function readNeighbours(node: string, socket: NetlinkSocket, names: Names): Marked<Neighbour>[] {
  const found: Marked<Neighbour>[] = [];
  const keep = ({ state, family }: { state: number; family: number }): boolean =>
    (state & NUD.PERMANENT) !== 0 && (family === AF.INET || family === AF.INET6);
  for (const { header, attrs } of socket.dump(getneigh, {}, keep)) {
    const dev = names.get(header.ifindex);
    if (dev === undefined || attrs.dst === undefined || attrs.lladdr === undefined) continue;
    const resource: Neighbour = { kind: 'neighbour', node, dev, to: attrs.dst, mac: attrs.lladdr };
    found.push({ resource, protocol: attrs.protocol ?? 0 });
  }
  return found;
}

/**
 * The static forwarding entries of a namespace: those of tunnels, and those of bridge ports but for the ports' own addresses.
 * Like `bridge fdb show` without what was learnt.
 */
export function readFdb(node: string, socket: NetlinkSocket, names: Names): Fdb[] {
  const found: Fdb[] = [];
  const keep = ({ state }: { state: number }): boolean => (state & (NUD.PERMANENT | NUD.NOARP)) !== 0;
  for (const { header, attrs } of socket.dump(getneigh, { header: { family: AF.BRIDGE } }, keep)) {
    const dev = names.get(header.ifindex);
    if (dev === undefined || attrs.lladdr === undefined) continue;
    // An entry of a device itself without a far end is a multicast filter, or a port's own address.
    if (attrs.dst === undefined && ((header.flags & NTF.SELF) !== 0 || (header.state & NUD.NOARP) === 0)) continue;
    found.push({
      kind: 'fdb',
      node,
      dev,
      mac: attrs.lladdr,
      ...(attrs.dst === undefined ? {} : { dst: attrs.dst }),
    });
  }
  return found;
}
