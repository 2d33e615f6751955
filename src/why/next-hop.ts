/** Why the next hop does not get a packet that a node has sent, or wanted to send, to it. */
import { IFF, NUD } from '../netlink/constants.ts';
import { duplicateAddress, type Evidence, type Finding, finding, type Standing } from './evidence.ts';
import type { Owner } from './lan.ts';
import { cable, down, type Leg, onLan } from './leg.ts';
import { unreached } from './neighbour.ts';
import { tunnelEnd, tunnelFar } from './tunnel.ts';
import type { NeighbourEntry } from './view.ts';

/** What stands between a node and its next hop; undefined when nothing is found. */
export function legFinding(e: Evidence, at: Standing, leg: Leg): Finding | undefined {
  const { port, next } = leg;
  const cut = cable(e, port);
  if (cut !== undefined) return cut;
  if ((port.flags & IFF.NOARP) !== 0 && port.kind !== 'vxlan') return tunnelEnd(e, at, leg) ?? asksNobody(e, leg);
  const here = onLan(e, port, next);
  const twin = duplicate(e, leg, here);
  if (twin !== undefined) return twin;
  const entry = at.view.neighbours().find(({ header, attrs }) => header.ifindex === port.index && attrs.dst === next);
  return leg.left === undefined ? unreached(e, at, leg, here, entry) : delivered(e, at, leg, here, entry);
}

/** An Ethernet that is set not to ask: its frames go to its own address. */
function asksNobody(e: Evidence, { port, left }: Leg): Finding | undefined {
  if (left?.mac !== port.mac) return undefined;
  return finding(
    'neighbour-unanswered',
    port,
    `${port.node}:${port.name} is set to ask nobody by ARP (noarp), and sends frames to itself`,
    `ip link set ${port.name} arp on`,
    e.lines.link(port.node, port.name),
  );
}

function duplicate(e: Evidence, { port, next }: Leg, here: readonly Owner[]): Finding | undefined {
  const nodes = [...new Set(here.map((each) => each.port.node))];
  const self = e.lans.ownersOf(next).find((each) => each.port.node === port.node);
  if (self !== undefined && nodes.length > 0) nodes.unshift(port.node);
  const [, second] = nodes;
  if (second === undefined) return undefined;
  const owner = here.find((each) => each.port.node === second)!;
  return duplicateAddress(
    e,
    owner.port,
    next,
    `${nodes.join(' and ')} both have ${next} on one LAN: whoever answers first gets the packets`,
  );
}

/** It left for a link-layer address: whose is that, and does the LAN carry it there? */
function delivered(
  e: Evidence,
  at: Standing,
  leg: Leg,
  here: readonly Owner[],
  entry: NeighbourEntry | undefined,
): Finding | undefined {
  const { port, left, next } = leg;
  const { mac } = left!;
  const { node } = at.view;
  if (mac === undefined || mac === '00:00:00:00:00:00') return undefined;
  const target =
    here.find((each) => each.port.mac === mac) ?? here.find((each) => e.lans.wire(port, each.port).at(-1)?.mac === mac);
  const isStatic = entry !== undefined && (entry.header.state & NUD.PERMANENT) !== 0;
  if (target === undefined && (isStatic || here.length > 0)) {
    const right = here[0]?.port.mac;
    return finding(
      'neighbour-wrong',
      port,
      `${node} sends what is for ${next} to ${mac}, ${right === undefined ? 'which nobody on that LAN has' : `but ${here[0]!.port.node} has ${right}`}${isStatic ? ': a permanent neighbour says so' : ''}`,
      isStatic ? `correct or remove the neighbour ${next} of ${node}` : `ip neighbour flush on ${node}`,
      e.lines.neighbour(node, next) ?? e.lines.node(node),
    );
  }
  if (target === undefined) return undefined;
  const block = e.lans.blockage(port, target.port);
  if (block !== undefined) return down(e, block);
  return tooLong(e, leg, target) ?? misled(e, leg, target) ?? tunnelFar(e, leg, target, mac);
}

/** A frame longer than what an interface takes in is dropped by it without a word. */
function tooLong(e: Evidence, { port, left }: Leg, target: Owner): Finding | undefined {
  const { length } = left!.frame;
  const small = e.lans.wire(port, target.port).find(({ mtu }) => mtu < length);
  if (small === undefined) return undefined;
  return finding(
    'mtu',
    small,
    `a packet of ${length} bytes is too long for ${small.node}:${small.name}, whose MTU is ${small.mtu}: it is dropped, and nobody is told`,
    'give all interfaces of one LAN the same mtu',
    e.lines.interface(small.node, small.name, 'mtu'),
  );
}

/** A forwarding entry that somebody has made, and that leads elsewhere. */
function misled(e: Evidence, { port, left }: Leg, target: Owner): Finding | undefined {
  const mac = left!.mac!;
  const wire = e.lans.wire(port, target.port);
  for (const [i, each] of wire.entries()) {
    const view = e.views.get(each.node)!;
    if (each.master === undefined || view.port(each.master)?.kind !== 'bridge') continue;
    const outs = wire
      .slice(i + 1)
      .filter((other) => other.node === each.node && (other.master === each.master || other.index === each.master));
    const out = outs.find((other) => other.master === each.master) ?? outs[0];
    if (out === undefined) continue;
    const entry = view
      .forwardings()
      .find(
        ({ header, attrs }) =>
          attrs.lladdr === mac &&
          attrs.master === each.master &&
          (header.state & (NUD.PERMANENT | NUD.NOARP)) !== 0 &&
          header.ifindex !== out.index,
      );
    if (entry === undefined) continue;
    const wrong = view.name(entry.header.ifindex);
    return finding(
      'fdb-wrong',
      { node: each.node, name: wrong },
      `a static forwarding entry of ${each.node} sends frames for ${mac} to ${wrong}, but ${target.port.node} is behind ${out.name}`,
      'correct or remove that entry of fdb',
      e.lines.fdb(each.node, mac, wrong) ?? e.lines.node(each.node),
    );
  }
  return undefined;
}
