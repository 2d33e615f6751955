/** Which names mean which addresses in a lab. */
import { isLinkLocal, isLoopback } from '../model/address.ts';
import type { HostEntry } from '../model/lab.ts';
import { formatIp, parseIp } from '../model/ip.ts';
import type { Draft, DraftNode } from './draft.ts';

/** What /etc/hosts of every node says: one line for each address, and for a node without any none. */
export function hostsOf(draft: Draft): HostEntry[] {
  return [...draft.nodes.values()].flatMap((node) => {
    const names = namesOf(node);
    return addressesFor(node).map((address) => ({ address, names }));
  });
}

/** The address that a name or the host of a URL means in a node of the lab: the first line of its /etc/hosts that has it. */
export function addressOf(draft: Draft, name: string): string | undefined {
  const ip = parseIp(name.replace(/^\[(.*)\]$/, '$1'));
  if (ip !== undefined) return formatIp(ip);
  if (name === 'localhost') return '127.0.0.1';
  // The host of a URL is in lower case.
  const node = [...draft.nodes.values()].find((each) =>
    namesOf(each).some((own) => own.toLowerCase() === name.toLowerCase()),
  );
  return node === undefined ? undefined : addressesFor(node)[0];
}

/** What a node is called: by its name, and by its hostname when that is another. */
export function namesOf(node: DraftNode): string[] {
  const hostname = node.document.hostname ?? node.name;
  return hostname === node.name ? [node.name] : [node.name, hostname];
}

/** The addresses that other nodes reach a node at: those of its interfaces first, then those of its loopback. */
function addressesFor(node: DraftNode): string[] {
  const interfaces: string[] = [];
  const loopback: string[] = [];
  for (const { type, uplink, addresses } of node.devices.values()) {
    // The way out is nobody's way in.
    if (uplink !== undefined) continue;
    for (const { prefix, text } of addresses) {
      // An address that is valid on one link only, or in the node only, means nothing to another node.
      if (isLoopback(prefix.bytes) || isLinkLocal(prefix.bytes)) continue;
      (type === 'loopback' ? loopback : interfaces).push(text);
    }
  }
  return [...new Set([...interfaces, ...loopback])];
}
