import type { DraftNode } from '../draft.ts';
import type { Problems } from '../problems.ts';

/** A warning for addresses on the port of a bridge: the port's packets are the bridge's, so that is where its addresses belong. */
export function checkPortAddresses(node: DraftNode, problems: Problems): void {
  for (const { name, master, addresses } of node.devices.values()) {
    if (master === undefined || node.devices.get(master)?.type !== 'bridge') continue;
    for (const { at, prefix } of addresses) {
      // A host route of its own is no network that would be looked for behind the port.
      if (prefix.length === prefix.bytes.length * 8) continue;
      problems.warn(
        at,
        `${name} is a port of ${master}, which takes all of its packets; expected the address on ${master}`,
      );
    }
  }
}
