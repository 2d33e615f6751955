/** Sightings of one packet → the nodes that it came through, one after the other. */
import type { Known, Role } from './recognise.ts';
import type { View } from './view.ts';

/** A node that handled the packet by its IP addresses: bridges, and interfaces that only pass frames on, are left out. */
export interface Visit {
  readonly node: string;
  /** How it came; undefined where it begins. */
  readonly in: Known | undefined;
  /** How it left; undefined where it ended. */
  readonly out: Known | undefined;
}

/** The nodes that a packet of this role came through, in order; empty when it was not seen at all. */
export function visits(known: readonly Known[], role: Role, views: ReadonlyMap<string, View>): Visit[] {
  const list: { node: string; in: Known | undefined; out: Known | undefined }[] = [];
  for (const each of known.toSorted(alongTheWay)) {
    if (each.role !== role || each.others || isBelow(each, views)) continue;
    const last = list.at(-1);
    const here = last?.node === each.node ? last : undefined;
    if (each.out) {
      // What leaves by lo comes back at once.
      if (views.get(each.node)?.name(each.index) === 'lo') continue;
      if (here === undefined) list.push({ node: each.node, in: undefined, out: each });
      // A second time: by the device below the first.
      else here.out ??= each;
    } else if (here !== undefined && here.out === undefined) here.in = each;
    else list.push({ node: each.node, in: each, out: undefined });
  }
  return list;
}

/**
 * Each router takes one from the time to live, and a cable nothing: that orders a packet's sightings better than clocks do, which
 * the kernel does not ask until it has had the time to change its own code for it.
 */
function alongTheWay(a: Known, b: Known): number {
  return b.frame.ttl - a.frame.ttl || Number(b.out) - Number(a.out) || a.at - b.at;
}

/** A port of a bridge or a bond sees frames that the device above it has seen or will see. */
function isBelow({ node, index }: Known, views: ReadonlyMap<string, View>): boolean {
  const view = views.get(node);
  const master = view?.port(view.port(index)?.master);
  return master !== undefined && master.kind !== 'vrf';
}
