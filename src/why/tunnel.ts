/** Tunnels that do not know where their far end is. */
import { NTF } from '../netlink/constants.ts';
import { type Evidence, type Finding, finding, type Standing } from './evidence.ts';
import type { Owner } from './lan.ts';
import type { Leg } from './leg.ts';

/** The tunnel that carries the LAN: does it know where the far end is? */
export function tunnelFar(e: Evidence, { port }: Leg, target: Owner, mac: string): Finding | undefined {
  const wire = e.lans.wire(port, target.port);
  for (const [i, near] of wire.entries()) {
    const far = wire[i + 1];
    if (far === undefined || far.node === near.node || far.kind !== near.kind || near.kind !== 'vxlan') continue;
    const view = e.views.get(near.node)!;
    const entries = view
      .forwardings()
      .filter(
        ({ header, attrs }) =>
          header.ifindex === near.index && (header.flags & NTF.SELF) !== 0 && attrs.dst !== undefined,
      );
    const exact = entries.filter(({ attrs }) => attrs.lladdr === mac);
    const used = exact.length > 0 ? exact : entries.filter(({ attrs }) => attrs.lladdr === '00:00:00:00:00:00');
    const remotes = used.map(({ attrs }) => attrs.dst!);
    const right = e.views.get(far.node)!;
    if (remotes.some((each) => right.has(each))) {
      const [remote] = remotes.filter((each) => right.has(each));
      const decision = view.decide({ destination: remote! });
      if (decision.errno === undefined) continue;
    }
    const group = near.data['group'];
    const place = exact.length > 0 ? e.lines.fdb(near.node, mac, near.name) : null;
    return finding(
      'tunnel-remote',
      near,
      remotes.length === 0
        ? `${near.node}:${near.name} does not know behind which remote address ${mac} is`
        : `${near.node}:${near.name} sends what is for ${mac} to ${remotes.join(', ')}, but ${far.node}, where it should go, ${right.held.length > 0 ? 'has not that address' : 'has no address'}`,
      typeof group === 'string'
        ? 'correct the remote of the vxlan'
        : 'correct the dst of the entry in fdb, or the remote of the vxlan',
      place ?? e.lines.link(near.node, near.name),
    );
  }
  return undefined;
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
