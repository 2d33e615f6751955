/** `internet: true`: a link from the node to the host, and a network of its own for it. */
import { HOST } from '../model/host.ts';
import { fnv1a } from '../model/mac.ts';
import type { Device, DraftNode } from './draft.ts';
import type { Problems } from './problems.ts';

/** The node's end. The route of last resort leads out of it. */
export const UPLINK = 'internet';

/** How many /30 there are in 198.18.0.0/15, which RFC 2544 sets apart for tests of networks: it is on no map of the Internet. */
export const UPLINK_NETWORKS = 1 << 15;

/** The nth /30 of 198.18.0.0/15, and the addresses of its ends. */
export function uplinkNetwork(n: number): { subnet: string; host: string; node: string } {
  const at = (offset: number): string => `198.${18 + (n >> 14)}.${(n >> 6) & 255}.${((n & 63) << 2) + offset}`;
  return { subnet: `${at(0)}/30`, host: at(1), node: at(2) };
}

/** Gives each node with `internet: true` its link; `host` is called when there is one. */
export function addUplinks(
  lab: string,
  nodes: ReadonlyMap<string, DraftNode>,
  host: () => DraftNode,
  problems: Problems,
): void {
  const taken = new Set<number>();
  // A map goes on with what is added to it meanwhile: the host, which has no way out of this kind.
  for (const node of nodes.values()) {
    if (node.document.internet !== true || node.name === HOST) continue;
    const at = [...node.at, 'internet'];
    if (node.devices.has(UPLINK)) {
      problems.error(at, `${node.name} has an interface ${UPLINK} already, which is the name of its way out`);
      continue;
    }
    const hash = fnv1a(`${lab}.${node.name}`);
    // The same every time, so that a lab that is made anew gets what it had.
    let n = hash % UPLINK_NETWORKS;
    while (taken.has(n)) n = (n + 1) % UPLINK_NETWORKS;
    taken.add(n);
    const network = uplinkNetwork(n);
    const end = (of: DraftNode, name: string, address: string): Device => {
      const device: Device = {
        node: of.name,
        name,
        type: 'veth',
        at,
        document: undefined,
        home: at,
        addresses: [
          { prefix: { bytes: Uint8Array.from(address.split('.').map(Number)), length: 30 }, text: address, at },
        ],
        uplink: network.subnet,
      };
      of.devices.set(name, device);
      return device;
    };
    const inner = end(node, UPLINK, network.node);
    const outer = end(host(), `nl-${hash.toString(36).padStart(7, '0')}`, network.host);
    inner.peer = outer;
    outer.peer = inner;
  }
}
