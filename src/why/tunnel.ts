/** Tunnels that carry a LAN: do the two ends know each other, and what lies between them? */
import { NTF } from '../netlink/constants.ts';
import { type Evidence, type Finding, finding, type Standing } from './evidence.ts';
import type { Owner } from './lan.ts';
import { type Leg, onLan } from './leg.ts';
import type { NeighbourEntry, Port } from './view.ts';

/** A tunnel, seen from the end that a frame comes to first. */
interface Ends {
  readonly near: Port;
  readonly far: Port;
}

const ALL_ZERO = '00:00:00:00:00:00';
/** Of an Ethernet and a VXLAN header, which a frame has besides when it is packed. */
const PACKING = 14 + 8;

/** The tunnel that carries the LAN: does it know where the far end is? */
export function tunnelFar(e: Evidence, { port }: Leg, target: Owner, mac: string): Finding | undefined {
  for (const ends of tunnelsTo(e, port, target.port)) {
    const found = misdirected(e, ends, mac);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A tunnel whose far end takes what comes for another one's: next to each other by their addresses, and strangers by their numbers. */
export function tunnelStranger(e: Evidence, port: Port, owner: Owner): Finding | undefined {
  for (const near of e.lans.tunnels(port)) {
    const remotes = entriesOf(e, near).map(({ attrs }) => attrs.dst!);
    for (const far of e.lans.tunnels(owner.port)) {
      if (far.node === near.node || !remotes.some((each) => e.views.get(far.node)!.has(each))) continue;
      return mismatch(e, { near, far }, 'id', 'the number (VNI)');
    }
  }
  return undefined;
}

/**
 * Where nothing else is found, what carries the frames is to be looked at: `found`, with which packets of a tunnel to follow. Which of the two
 * ways is known by whether the far end has seen anything.
 */
export function carried(e: Evidence, leg: Leg, found: Finding): Finding {
  const [owner] = onLan(e, leg.port, leg.next);
  if (owner === undefined) return found;
  const all = tunnelsTo(e, leg.port, owner.port);
  const uncrossed = all.find((ends) => !crossed(e, ends, leg));
  if (uncrossed !== undefined) return doubted(e, found, uncrossed, owner.port.mac, leg);
  const back = all.at(-1);
  if (back === undefined) return found;
  const ends = { near: back.far, far: back.near };
  return misdirected(e, ends, leg.port.mac) ?? doubted(e, found, ends, leg.port.mac, leg);
}

/** Which tunnels a frame between two interfaces of one LAN is packed by, and for whom. */
export function packing(
  e: Evidence,
  from: Port,
  to: Port,
): { readonly near: Port; readonly remote: string | undefined }[] {
  return tunnelsTo(e, from, to).map(({ near, far }) => ({
    near,
    remote: remotesOf(e, near, to.mac).remotes.find((each) => e.views.get(far.node)!.has(each)),
  }));
}

/** Tunnels of IP in IP have no neighbours: they know one far end. */
export function tunnelEnd(e: Evidence, { view }: Standing, { port }: Leg): Finding | undefined {
  const remote = port.data['remote'];
  if (typeof remote !== 'string') return undefined;
  const route = view.decide({ destination: remote });
  const owners = e.lans.ownersOf(remote).filter((each) => each.port.node !== view.node);
  if (route.errno === undefined && owners.length > 0) return undefined;
  return finding(
    'tunnel-remote',
    port,
    `${port.node}:${port.name} packs it for ${remote}, ${route.errno === undefined ? 'which nobody in this lab has' : 'to which there is no route'}`,
    'correct the remote of the tunnel',
    e.lines.link(port.node, port.name),
  );
}

/** On the way between two interfaces of one LAN. */
function tunnelsTo(e: Evidence, from: Port, to: Port): Ends[] {
  const wire = e.lans.wire(from, to);
  return wire.flatMap((near, i): Ends[] => {
    const far = wire[i + 1];
    return far === undefined || far.node === near.node || far.kind !== near.kind || near.kind !== 'vxlan'
      ? []
      : [{ near, far }];
  });
}

/** Where a device sends frames that it packs. `bridge fdb show dev vx0` */
function entriesOf(e: Evidence, { node, index }: Port): NeighbourEntry[] {
  return e.views
    .get(node)!
    .forwardings()
    .filter(({ header, attrs }) => {
      return header.ifindex === index && (header.flags & NTF.SELF) !== 0 && attrs.dst !== undefined;
    });
}

function remotesOf(e: Evidence, near: Port, mac: string): { readonly exact: boolean; readonly remotes: string[] } {
  const entries = entriesOf(e, near);
  const exact = entries.filter(({ attrs }) => attrs.lladdr === mac);
  const used = exact.length > 0 ? exact : entries.filter(({ attrs }) => attrs.lladdr === ALL_ZERO);
  return { exact: exact.length > 0, remotes: used.map(({ attrs }) => attrs.dst!) };
}

function misdirected(e: Evidence, ends: Ends, mac: string): Finding | undefined {
  const { near, far } = ends;
  const view = e.views.get(near.node)!;
  const { exact, remotes } = remotesOf(e, near, mac);
  const right = e.views.get(far.node)!;
  const remote = remotes.find((each) => right.has(each));
  if (remote !== undefined && view.decide({ destination: remote }).errno === undefined)
    return near.data['port'] === far.data['port'] ? undefined : mismatch(e, ends, 'port', 'the UDP port');
  const group = near.data['group'] ?? near.data['group6'];
  const place = exact ? e.lines.fdb(near.node, mac, near.name) : null;
  return finding(
    'tunnel-remote',
    near,
    remotes.length === 0
      ? `${near.node}:${near.name} does not know behind which remote address ${mac} is`
      : remote !== undefined
        ? `${near.node}:${near.name} sends what is for ${mac} to ${remote}, to which ${near.node} has no route`
        : `${near.node}:${near.name} sends what is for ${mac} to ${remotes.join(', ')}, but ${far.node}, where it should go, ${right.held.length > 0 ? 'has not that address' : 'has no address'}`,
    remote !== undefined
      ? `give ${near.node} a route to ${remote}`
      : typeof group === 'string'
        ? 'correct the remote of the vxlan'
        : 'correct the dst of the entry in fdb, or the remote of the vxlan',
    place ?? e.lines.link(near.node, near.name),
  );
}

function mismatch(e: Evidence, { near, far }: Ends, key: 'id' | 'port', what: string): Finding {
  return finding(
    'tunnel-mismatch',
    near,
    `${near.node}:${near.name} and ${far.node}:${far.name} are no ends of one tunnel: ${what} is ${String(near.data[key])} here and ${String(far.data[key])} there`,
    `give both the same ${key}`,
    e.lines.interface(near.node, near.name, key),
  );
}

/** Whether the far end has seen what is asked, or sent, on this leg. */
function crossed(e: Evidence, { far }: Ends, { next, left }: Leg): boolean {
  const isHere = ({ node, index, out }: Evidence['seen'][number]): boolean =>
    node === far.node && index === far.index && !out;
  return left === undefined
    ? e.seen.some((each) => isHere(each) && each.frame.kind === 'ask' && each.frame.about === next)
    : e.known.some((each) => isHere(each) && each.role === left.role);
}

function doubted(e: Evidence, found: Finding, { near, far }: Ends, mac: string, { left }: Leg): Finding {
  const there = e.views.get(far.node)!;
  const remote = remotesOf(e, near, mac).remotes.find((each) => there.has(each));
  const port = near.data['port'];
  if (remote === undefined || typeof port !== 'number') return found;
  const size = left === undefined ? undefined : left.frame.length + PACKING;
  return { ...found, doubt: { ...found.doubt, underlay: { node: near.node, name: near.name, remote, port, size } } };
}
