/** Entries of neighbour and forwarding tables, in words. */
import { NUD } from '../netlink/constants.ts';
import type { ReplyOf } from '../netlink/message.ts';
import type { getneigh } from '../netlink/spec/rt-neigh.ts';
import type { Names } from '../reconcile/read/link.ts';

type Entry = ReplyOf<typeof getneigh>;

/** Like a line of `ip neighbour show`: `10.0.0.2 dev eth0 lladdr 02:00:00:00:00:02 reachable`. */
export function neighbourLine({ header, attrs }: Entry, names: Names): string {
  const mac = attrs.lladdr === undefined ? '' : ` lladdr ${attrs.lladdr}`;
  return `${attrs.dst} dev ${names.get(header.ifindex) ?? header.ifindex}${mac} ${stateWord(header.state)}`;
}

/** Like a line of `bridge fdb show`: `02:00:00:00:00:02 dev pc1`, and the far end of a tunnel. */
export function fdbLine({ header, attrs }: Entry, names: Names): string {
  const far = attrs.dst === undefined ? '' : ` dst ${attrs.dst}`;
  return `${attrs.lladdr} dev ${names.get(header.ifindex) ?? header.ifindex}${far}`;
}

function stateWord(state: number): string {
  for (const [word, bit] of Object.entries(NUD)) if ((state & bit) !== 0) return word.toLowerCase();
  return 'none';
}
