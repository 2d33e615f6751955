/** Netkit's way out: a collision domain `tap`, with this machine at its far end. */
import type { Draft } from '../draft.ts';
import type { Names } from '../names.ts';
import { inClass } from '../network/mask.ts';
import { type LabConf, type Machine, TAP } from './lab-conf.ts';

/** What the far end is called among devices: no device of a file can be called so. */
const FAR = 'tap,';

/**
 * A node stands for this machine, with a way out of its own, so that nothing of the lab's addresses is on this machine itself. The interfaces
 * there have their addresses, and a default route, before any startup. The node as a member of the segment; none where no device has a way out.
 */
export function addTap(draft: Draft, { machines }: LabConf, names: Names): Machine | undefined {
  const ways = machines.flatMap(({ name, attachments }) =>
    attachments.flatMap(({ number, tap, origin }) => (tap === undefined ? [] : [{ name, number, tap, origin }])),
  );
  const [first] = ways;
  if (first === undefined) return undefined;
  const { nodes } = draft.topology;
  for (const { name, number, tap, origin } of ways) {
    const node = nodes[names.of(name)]!;
    const dev = `eth${number}`;
    node.interfaces = { ...node.interfaces, [dev]: { ...node.interfaces?.[dev], addresses: [inClass(tap.own)!] } };
    node.routes ??= [{ to: 'default', via: tap.far }];
    draft.from(['nodes', names.of(name), 'interfaces', dev], origin);
    draft.from(['nodes', names.of(name), 'routes'], origin);
  }
  const name = names.of(FAR, TAP);
  const addresses = [...new Set(ways.map(({ tap }) => inClass(tap.far)!))];
  nodes[name] = {
    internet: true,
    forwarding: { ipv4: true },
    interfaces: { eth0: { addresses } },
    nat: [{ masquerade: { out: 'internet' } }],
  };
  draft.from(['nodes', name], first.origin);
  draft.leave(
    first.origin,
    `the far end of ${TAP}, which is this machine there, is the node ${name}, with a way out of its own`,
  );
  return {
    name: FAR,
    attachments: [{ number: 0, domain: TAP, origin: first.origin }],
    options: [],
    origin: first.origin,
  };
}
