/** Two nodes of one LAN that have the same address, of IP or of the link layer: what is for the one comes to the other. */
import { duplicateAddress, type Evidence, type Finding, finding } from './evidence.ts';
import type { Owner } from './lan.ts';
import { onLan } from './leg.ts';
import type { Known } from './recognise.ts';
import type { Way } from './stop.ts';

/** Whether the node at which a packet has ended got it only because it has an address that another one on the LAN has, too. */
export function mistaken(e: Evidence, { visits }: Way): Finding | undefined {
  const [before, last] = visits.slice(-2);
  if (before?.out === undefined || last?.in === undefined) return undefined;
  const view = e.views.get(before.node)!;
  const port = view.port(before.out.index);
  const { destination } = before.out.frame;
  const next = view.decide({ destination }).gateway ?? destination;
  if (port === undefined) return undefined;
  const owners = onLan(e, port, next);
  return (
    sameMac(e, before.out.mac, last.in, owners) ??
    twins(e, next, last.node, [...new Set(owners.map((each) => each.port.node))])
  );
}

/** It came to an interface that has the link-layer address of the right one. */
function sameMac(
  e: Evidence,
  mac: string | undefined,
  { node, index }: Known,
  owners: readonly Owner[],
): Finding | undefined {
  const got = e.views.get(node)?.port(index);
  const right = owners.find(({ port }) => port.mac === mac);
  if (got?.mac !== mac || right === undefined || owners.some(({ port }) => port.node === node)) return undefined;
  return finding(
    'duplicate-mac',
    { node, name: got?.name },
    `${node}:${got?.name} and ${right.port.node}:${right.port.name} both have the link-layer address ${mac}: a bridge sends what is for it to the one that has spoken last, and ${node} got what was for ${right.port.node}`,
    'give each of them a mac of its own',
    e.lines.interface(node, got?.name ?? '', 'mac'),
  );
}

/** The answer has come to another node than the one that has asked. */
export function usurped(e: Evidence, address: string, node: string): Finding | undefined {
  return twins(e, address, node, [...new Set(e.lans.ownersOf(address).map(({ port }) => port.node))]);
}

function twins(e: Evidence, address: string, got: string, nodes: readonly string[]): Finding | undefined {
  if (nodes.length < 2 || !nodes.includes(got)) return undefined;
  const view = e.views.get(got)!;
  const index = view.held.find((held) => held.address === address)?.index;
  return duplicateAddress(
    e,
    { node: got, ...(index === undefined ? {} : { name: view.name(index) }) },
    address,
    `${nodes.join(' and ')} both have ${address}, and ${got} got what was for the other`,
  );
}
