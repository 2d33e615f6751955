/** A packet between a node and its next hop: who is there, and the cable between them. */
import type { Blockage, Owner } from './lan.ts';
import { type Evidence, type Finding, finding } from './evidence.ts';
import type { Known } from './recognise.ts';
import type { Decision, Port } from './view.ts';

/** A packet on its way from an interface to the next hop. */
export interface Leg {
  readonly port: Port;
  /** The address of the next hop: a gateway, or the destination itself. */
  readonly next: string;
  readonly gateway: boolean;
  readonly decision: Decision;
  /** The frame as it left; undefined: it was not seen to leave. */
  readonly left: Known | undefined;
}

/** Who on a LAN answers for an address: a node answers for all that it has, whichever interface they are of. */
export function onLan(e: Evidence, port: Port, address: string): Owner[] {
  const lan = new Set(e.lans.segment(port));
  return e.lans.ownersOf(address).flatMap((owner): Owner[] => {
    if (owner.port.node === port.node) return [];
    const own = [...lan].find((each) => each.index === owner.port.index && each.node === owner.port.node);
    const other = own ?? [...lan].find((each) => each.node === owner.port.node);
    return other === undefined ? [] : [{ ...owner, port: other }];
  });
}

/** The interface itself, and the other end of its cable. */
export function cable(e: Evidence, port: Port): Finding | undefined {
  if (!port.up) return down(e, { word: 'link-down', port });
  if (port.carrier || port.kind !== 'veth') return undefined;
  const far = e.lans.farEnd(port);
  if (far === undefined)
    return finding(
      'link-down',
      port,
      `${port.node}:${port.name} has no carrier: nothing is at its other end`,
      'look at the other end of the link',
      e.lines.link(port.node, port.name),
    );
  return far.up ? undefined : down(e, e.lans.blockage(far, far) ?? { word: 'link-down', port: far });
}

/** In words, what on a cable lets nothing through. */
export function down(e: Evidence, { word, port }: Blockage): Finding {
  const { node, name } = port;
  const place = e.lines.link(node, name);
  if (word === 'stp-blocking')
    return finding(
      word,
      port,
      `the port ${name} of ${node} does not pass frames on: spanning tree holds it (state ${['disabled', 'listening', 'learning', 'forwarding', 'blocking'][port.state ?? 0]})`,
      'wait for spanning tree (30 s after a port came up); if it stays, there is a loop, and another port that should carry this is missing or down',
      place,
    );
  if (word === 'port-isolated')
    return finding(
      word,
      port,
      `the port ${name} of ${node} is isolated, and so is the one to which it should pass this on: such ports speak with none of each other`,
      `netlab exec ${node} -- bridge link set dev ${name} isolated off`,
      place,
    );
  if (port.kind === 'bridge')
    return finding(
      word,
      port,
      `the bridge ${node}:${name} is down`,
      `netlab exec ${node} -- ip link set ${name} up`,
      place,
    );
  const what = word === 'bridge-port-down' ? 'the port of the bridge' : 'the interface';
  return finding(word, port, `${what} ${node}:${name} is down`, `set it up: netlab link up ${node}:${name}`, place);
}
