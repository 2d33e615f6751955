/** Mistakes with tunnels: the LAN that they carry ends, and why is to be seen below it. */
import { type Edit, inRouter, type Mistake, routed } from './networks.ts';

const A_VX =
  'vx0: { type: vxlan, id: 4@, link: eth0, local: 10.@.0.2, remote: 10.@.1.2, port: 4789, addresses: [10.@.9.1/24] }';
const B_VX =
  'vx0: { type: vxlan, id: 4@, link: eth0, local: 10.@.1.2, remote: 10.@.0.2, port: 4789, addresses: [10.@.9.2/24] }';

/** a and b have a VXLAN between them, over r. */
function tunnelled(...edits: readonly Edit[]): string {
  return routed(
    ['[10.@.0.2/24] }\n', `[10.@.0.2/24] }\n      ${A_VX}\n`],
    ['[10.@.1.2/24] }\n', `[10.@.1.2/24] }\n      ${B_VX}\n`],
    ...edits,
  );
}

const ask = ['a@', '10.@.9.2'] as const;
const filter = (rule: string): Edit => inRouter(`    firewall:\n      forward:\n        rules:\n          - ${rule}\n`);

export const TUNNEL_MISTAKES: readonly Mistake[] = [
  {
    name: 'a filter on the way of the packets of a tunnel',
    text: tunnelled(filter('{ drop: { proto: udp, port: 4789 } }')),
    ask,
    cause: 'filter-drop',
    node: 'r@',
    look: 'drop: { proto: udp',
    says: /^a\d+:vx0 packs it for 10\.\d+\.1\.2 \(UDP port 4789\), and that does not come there: r/,
  },
  {
    name: 'a filter on the way back of the packets of a tunnel',
    text: tunnelled(filter('{ drop: { in: eth1, proto: udp, port: 4789 } }')),
    ask,
    cause: 'filter-drop',
    node: 'r@',
    look: 'drop: { in: eth1',
    says: /^b\d+:vx0 packs it for 10\.\d+\.0\.2/,
  },
  {
    name: 'a router below a tunnel that does not forward',
    text: tunnelled(['    forwarding: true\n', '']),
    ask,
    cause: 'forwarding-off',
    node: 'r@',
    look: 'r@:',
    says: /^a\d+:vx0 packs it for/,
  },
  {
    name: 'a tunnel whose end has no route to the other one',
    text: tunnelled(['    routes: [{ to: default, via: 10.@.1.1 }]\n', '']),
    ask,
    cause: 'tunnel-remote',
    node: 'b@',
    look: 'remote: 10.@.0.2',
    says: /to which b\d+ has no route/,
  },
  {
    name: 'a tunnel that answers to somebody else',
    text: tunnelled(['remote: 10.@.0.2', 'learning: false, remote: 10.@.0.99']),
    ask,
    cause: 'tunnel-remote',
    node: 'b@',
    look: 'remote: 10.@.0.99',
  },
  {
    name: 'a tunnel whose two ends have different numbers',
    text: tunnelled([B_VX, B_VX.replace('id: 4@', 'id: 5@')]),
    ask,
    cause: 'tunnel-mismatch',
    node: 'a@',
    look: 'id: 4@',
  },
  {
    name: 'a tunnel whose two ends have different ports',
    text: tunnelled([B_VX, B_VX.replace('4789', '8472')]),
    ask,
    cause: 'tunnel-mismatch',
    node: 'a@',
    look: 'port: 4789',
  },
  {
    name: 'an MTU below a tunnel that is too small at one end of a cable',
    text: tunnelled(),
    breaks: [['b@', 'ip', 'link', 'set', 'eth0', 'mtu', '1400']],
    ask,
    options: { size: 1400 },
    cause: 'mtu',
    node: 'b@',
    look: '[10.@.1.2/24]',
    says: /^a\d+:vx0 packs it for .* is too long for b\d+:eth0, whose MTU is 1400/,
    oracle: { options: ['-M', 'do', '-s', '1400'] },
  },
  {
    name: 'a packet too large for a tunnel',
    text: tunnelled(),
    ask,
    options: { size: 1440 },
    cause: 'mtu',
    node: 'a@',
    look: 'type: vxlan',
    oracle: { options: ['-M', 'do', '-s', '1440'] },
  },
];
