/** Two nodes of one LAN that have the same address: what is for the one comes to the other. */
import { duplicateAddress, type Evidence, type Finding } from './evidence.ts';
import { onLan } from './leg.ts';
import type { Way } from './stop.ts';

/** Whether the node at which a packet has ended got it only because it has an address that another one on the LAN has, too. */
export function mistaken(e: Evidence, { visits }: Way): Finding | undefined {
  const [before, last] = visits.slice(-2);
  if (before?.out === undefined || last?.in === undefined) return undefined;
  const view = e.views.get(before.node)!;
  const port = view.port(before.out.index);
  const { destination } = before.out.frame;
  const next = view.decide({ destination }).gateway ?? destination;
  return port === undefined
    ? undefined
    : twins(e, next, last.node, [...new Set(onLan(e, port, next).map((each) => each.port.node))]);
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
