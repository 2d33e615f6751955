/** Networks of one node that lie in each other. */
import { compareIp, contains, formatPrefix, isLinkLocal, networkOf, type Prefix } from '../../model/address.ts';
import type { Device, DraftAddress, DraftNode } from '../draft.ts';
import type { Problems } from '../problems.ts';

interface Attached {
  readonly device: Device;
  readonly address: DraftAddress;
  /** Its place among the addresses of the node. */
  readonly rank: number;
}

interface Networked extends Attached {
  readonly network: Prefix;
}

/** Up to so many addresses each is held against each other one; beyond, they are sorted. Most nodes have few, and no overlaps. */
const FEW = 16;

/**
 * A warning where two interfaces stand in one network, or in networks of which one holds the other: the kernel reaches an address
 * in both by one of them only. It may be meant, with tables or rules of one's own.
 */
export function checkOverlaps(node: DraftNode, problems: Problems): void {
  const list = attachedTo(node);
  if (list.length <= FEW && !anyOverlap(list)) return;
  const networks = list.map((each): Networked => ({ ...each, network: networkOf(each.address.prefix) }));
  // A network that holds another one comes before it, and nothing that it does not hold between the two.
  const sorted = networks.toSorted(
    (a, b) => compareIp(a.network.bytes, b.network.bytes) || a.network.length - b.network.length || a.rank - b.rank,
  );
  const around: Networked[] = [];
  for (const inner of sorted) {
    while (around.length > 0 && !contains(around.at(-1)!.network, inner.network.bytes)) around.pop();
    const outer = around.findLast(({ device }) => device !== inner.device);
    if (outer !== undefined) warn(outer, inner, problems);
    around.push(inner);
  }
}

function anyOverlap(list: readonly Attached[]): boolean {
  for (const [i, a] of list.entries()) {
    for (let j = i + 1; j < list.length; j++) {
      const b = list[j]!;
      const [wide, narrow] = a.address.prefix.length <= b.address.prefix.length ? [a, b] : [b, a];
      if (a.device !== b.device && contains(wide.address.prefix, narrow.address.prefix.bytes)) return true;
    }
  }
  return false;
}

/** Whose addresses may well lie in a network of another interface's: a macvlan stands in the one of its lower device by its nature. */
const OWN_WAYS: ReadonlySet<string> = new Set(['loopback', 'macvlan', 'ipvlan']);

/** The addresses whose networks are reached by an interface: none of the loopback, and none that is a network of its own. */
function attachedTo({ devices }: DraftNode): Attached[] {
  const list: Attached[] = [];
  for (const device of devices.values()) {
    if (OWN_WAYS.has(device.type) || devices.get(device.master ?? '')?.type === 'vrf') continue;
    for (const address of device.addresses) {
      const { bytes, length } = address.prefix;
      if (length === bytes.length * 8 || isLinkLocal(bytes)) continue;
      list.push({ device, address, rank: list.length });
    }
  }
  return list;
}

function warn(outer: Networked, inner: Networked, problems: Problems): void {
  const [first, second] = outer.rank < inner.rank ? [outer, inner] : [inner, outer];
  const same = outer.network.length === inner.network.length;
  const where = same ? 'are both in' : 'overlap in';
  problems.warn(
    second.address.at,
    `${first.device.node}:${first.device.name} and ${second.device.name} ${where} ${formatPrefix(inner.network)}; the kernel sends there by one of them only`,
  );
}
