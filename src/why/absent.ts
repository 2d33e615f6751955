/** Nobody on a LAN has the address of the next hop: who should have it, who has it elsewhere, and who is there. */
import { contains, networkOf } from '../model/address.ts';
import { formatIp, parseIp } from '../model/ip.ts';
import { type Evidence, familyWords, type Finding, finding, type Standing } from './evidence.ts';
import type { Owner } from './lan.ts';
import type { Leg } from './leg.ts';
import { routePlace } from './routing.ts';
import { tunnelStranger } from './tunnel.ts';
import type { Held, Port } from './view.ts';

/** IPv6 is off on an interface that takes less. RFC 8200. */
const LEAST_MTU6 = 1280;

/** In the order of how sure it is. */
export function absent(e: Evidence, { view }: Standing, leg: Leg): Finding {
  const { port, next, gateway, decision } = leg;
  const { node } = view;
  const { asks } = familyWords(next);
  const [elsewhere] = e.lans.ownersOf(next).filter((each) => each.port.node !== node);
  const place = routePlace(e, view, decision);
  const held = view.held.find(({ index, prefix }) => index === port.index && contains(prefix, parseIp(next)!));
  const found = elsewhere === undefined ? lost(e, leg) : apart(e, leg, elsewhere);
  if (found !== undefined) return found;
  if (gateway)
    return finding(
      'wrong-gateway',
      port,
      `${node} sends it to the gateway ${next}, and on ${node}:${port.name} nobody answers ${asks} for that address: ${elsewhere === undefined ? 'no node of this lab has it' : `${elsewhere.port.node} has it, on another LAN`}`,
      gatewayHint(e, port, next),
      place ?? e.lines.node(node),
    );
  if (elsewhere !== undefined)
    return finding(
      'wrong-prefix',
      port,
      `${node} takes ${next} for a neighbour on ${port.name}${held === undefined ? '' : `, for its address there is ${held.address}/${held.prefix.length}`}; but ${elsewhere.port.node}, which has it, is on another LAN`,
      held === undefined
        ? 'the route needs a via'
        : `a longer prefix length on ${node}:${port.name}, and a route by a router`,
      (held === undefined ? place : e.lines.address(node, held.address)) ?? e.lines.link(node, port.name),
    );
  if (held !== undefined && isNetworkOf(next, held))
    return finding(
      'broadcast-address',
      port,
      `${next} is the address of the network ${next}/${held.prefix.length} itself: it is no address of one node`,
      'name the address of one node',
      e.lines.address(node, held.address) ?? e.lines.link(node, port.name),
    );
  return finding(
    'neighbour-unanswered',
    port,
    `${node} asked on ${port.name} by ${asks} who has ${next}, and nobody answered: no node of this lab has that address`,
    `is the address right, and has the node that should have it been given it? ${present(e, port, next)}`,
    place ?? e.lines.link(node, port.name),
  );
}

/** A node that has the address by its file, and not in its kernel. */
function lost(e: Evidence, { next, port }: Leg): Finding | undefined {
  const [written] = e.lines.holders(next).filter((each) => each.node !== port.node);
  if (written === undefined) return undefined;
  const { node, link } = written;
  const view = e.views.get(node);
  const theirs = view?.ports.find(({ name }) => name === link);
  const isOff = view?.sysctl(`ipv6/conf/${link}/disable_ipv6`) === 1;
  const why = !next.includes(':')
    ? ''
    : theirs !== undefined && theirs.mtu < LEAST_MTU6
      ? `: its MTU is ${theirs.mtu}, and IPv6 needs ${LEAST_MTU6} at least`
      : isOff
        ? `: net.ipv6.conf.${link}.disable_ipv6 is 1`
        : '';
  return finding(
    'no-address',
    { node, name: link },
    `${port.node} asked on ${port.name} who has ${next}, and nobody answered: ${node}:${link}, which should have it by its file, has not got it any more${why}`,
    why === '' ? 'netlab plan shows what has changed, and netlab up puts it back' : `change that, and then netlab up`,
    e.lines.at(written.at) ?? e.lines.node(node),
  );
}

/** Somebody has it, and does not stand on that LAN. */
function apart(e: Evidence, leg: Leg, owner: Owner): Finding | undefined {
  const { port, next } = leg;
  const stranger = tunnelStranger(e, port, owner);
  if (stranger !== undefined) return stranger;
  for (const end of [port, owner.port]) {
    const far = e.lans.farEnd(end);
    const view = far === undefined ? undefined : e.views.get(far.node);
    const bridge = view?.ports.find(({ kind }) => kind === 'bridge');
    if (far === undefined || bridge === undefined || far.master !== undefined) continue;
    if (view!.held.some(({ index }) => index === far.index)) continue;
    return finding(
      'bridge-port-missing',
      far,
      `${far.node}:${far.name}, at the other end of the cable of ${end.node}:${end.name}, is no port of the bridge ${bridge.name}`,
      `netlab exec ${far.node} -- ip link set dev ${far.name} master ${bridge.name}`,
      e.lines.link(far.node, far.name),
    );
  }
  const right = e.views
    .get(port.node)!
    .ports.find((each) => each.index !== port.index && e.lans.joined(each, owner.port));
  if (right === undefined) return undefined;
  const held = e.views
    .get(port.node)!
    .held.find((each) => each.index === port.index && contains(each.prefix, parseIp(next)!));
  return finding(
    'wrong-interface',
    port,
    held === undefined
      ? `${port.node} looks for ${next} on ${port.name}, but ${owner.port.node}, which has it, is on the LAN of ${port.node}:${right.name}`
      : `${port.node} has ${held.address}/${held.prefix.length} on ${port.name} and looks for ${next} there, but ${owner.port.node}, which has it, is on the LAN of ${port.node}:${right.name}`,
    held === undefined
      ? `the route should lead by ${right.name}`
      : 'the address, or the cable, belongs to the other interface',
    (held === undefined ? undefined : e.lines.address(port.node, held.address)) ?? e.lines.link(port.node, port.name),
  );
}

function isNetworkOf(address: string, { prefix }: Held): boolean {
  return prefix.bytes.length === 4 && prefix.length <= 30 && formatIp(networkOf(prefix).bytes) === address;
}

/** Routers on the LAN, for somebody who looks for the right one. */
function gatewayHint(e: Evidence, port: Port, next: string): string {
  const { ip } = familyWords(next);
  const routers = e.lans.segment(port).flatMap((each) => {
    if (each.node === port.node || e.views.get(each.node)!.sysctl(`${ip}/conf/all/forwarding`) !== 1) return [];
    return addressesOn(e, each, next).map((address) => `${address} (${each.node})`);
  });
  return routers.length === 0
    ? 'there is no router on that LAN'
    : `a router on that LAN is ${routers.slice(0, 3).join(', ')}`;
}

function present(e: Evidence, port: Port, next: string): string {
  const others = e.lans.segment(port).flatMap((each) => {
    return each.node === port.node ? [] : addressesOn(e, each, next).map((address) => `${address} (${each.node})`);
  });
  return others.length === 0
    ? ''
    : `On that LAN there are ${others.slice(0, 4).join(', ')}${others.length > 4 ? ' …' : ''}`;
}

/** Those of an interface that are of the family of another one, and as far valid. */
function addressesOn(e: Evidence, { node, index }: Port, like: string): string[] {
  return e.views
    .get(node)!
    .held.filter(({ address }) => address.includes(':') === like.includes(':'))
    .filter((each) => each.index === index && each.address.startsWith('fe80:') === like.startsWith('fe80:'))
    .map(({ address }) => address);
}
