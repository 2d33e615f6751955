/** The lab that the tests of this folder damage, and what they do to it. */
import assert from 'node:assert/strict';

import type { PlannedChange } from '../../../src/model/report.ts';
import { dump, inNode, inShort } from '../../support/index.ts';

// a:eth0 ─── eth0:b     a:br0 ── a:eth1 ─── eth0:c     b:eth1, c:eth1, d:eth0 on the bridge lan     a:vx0 over a:eth0
// a:m1 ─── m1:d     a:m2 ─── m2:d
export const LAB = `
nodes:
  a:
    forwarding: true
    sysctls:
      net.ipv4.ip_default_ttl: 33
      net.ipv4.conf.eth0.rp_filter: 2
    interfaces:
      eth0: { addresses: [10.0.0.1/24, 'fd00::1/64'], mac: '02:00:00:00:0a:00' }
      eth1: { mtu: 1400 }
      br0: { type: bridge, ports: [eth1], mac: '02:00:00:00:0a:b0', addresses: [10.1.0.1/24] }
      br1: { type: bridge, ports: [] }
      vx0: { type: vxlan, id: 7, link: eth0, local: 10.0.0.1, port: 4789, learning: false, addresses: [10.7.0.1/24] }
      m1: { addresses: [10.11.0.1/24] }
      m2: { addresses: [10.12.0.1/24] }
    routes:
      - { to: 10.20.0.0/16, via: 10.0.0.2 }
      - { to: 10.30.0.0/16, via: 10.0.0.2, metric: 50 }
      - { to: 'fd00:20::/64', via: 'fd00::2' }
      - { to: 10.40.0.0/16, type: blackhole }
      - { to: 10.70.0.0/16, via: 10.7.0.2, dev: vx0, onlink: true }
      - { to: 10.80.0.0/16, nexthops: [{ via: 10.11.0.2 }, { via: 10.12.0.2 }] }
    rules:
      - { from: 10.99.0.0/16, table: 100, priority: 1000 }
    neighbors:
      - { to: 10.7.0.2, mac: '02:00:00:00:0b:07', dev: vx0 }
    fdb:
      - { mac: '02:00:00:00:0b:07', dev: vx0, dst: 10.0.0.2 }
    nat:
      - masquerade: { out: eth0, from: 10.1.0.0/24 }
      - dnat: { in: eth0, proto: tcp, port: 8080, to: '10.1.0.2:80' }
    files: { /etc/motd: "hello\\n" }
    processes:
      one: { command: [sleep, '20001'], restart: on-failure }
      two: { command: [sleep, '20002'] }
  b:
    interfaces:
      eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'] }
  c:
    interfaces:
      eth0: { addresses: [10.1.0.2/24], mtu: 1400 }
    firewall:
      input:
        policy: drop
        rules:
          - accept: { state: [established, related] }
          - accept: { proto: icmp }
  d:
    isolation: [net]
    interfaces: { m1: { addresses: [10.11.0.2/24] }, m2: { addresses: [10.12.0.2/24] } }
    processes:
      four: { command: [sleep, '20004'], restart: always }
bridges:
  lan: { ports: ['b:eth1', 'c:eth1', 'd:eth0'], subnet: 10.2.0.0/24 }
links:
  - ['a:eth0', 'b:eth0']
  - ['a:eth1', 'c:eth0']
  - ['a:m1', 'd:m1']
  - ['a:m2', 'd:m2']
`;

export interface Damage {
  /** In which node it is typed. */
  readonly node: string;
  /** Lines of shell, run in the node's network namespace; $LAB is the lab's name. */
  readonly by: string;
  /** What `plan` says of it, in short (MAC and LOCAL for what comes of the lab's name); the order is netlab's own business. */
  readonly changes: readonly string[];
  /** What a watch does, where it is at work before all of the damage is done. */
  readonly watched?: readonly string[];
  /** A watch is at it before it is done. */
  readonly slow?: boolean;
}

const MOVED = [
  'create link d:m2 (veth to a:m2)',
  'create address 10.12.0.1/24 on a:m2',
  'create address 10.12.0.2/24 on d:m2',
  'update route 10.80.0.0/16 nexthop via 10.11.0.2 dev m1 weight 1 nexthop via 10.12.0.2 dev m2 weight 1 on a',
];
const ON_ETH0 = [
  'create address 10.0.0.1/24 on a:eth0',
  'create address fd00::1/64 on a:eth0',
  'create address fe80::ff:fe00:a00/64 on a:eth0',
  'create sysctl net.ipv4.conf.eth0.rp_filter = 2 on a',
  'create route 10.20.0.0/16 via 10.0.0.2 dev eth0 on a',
  'create route 10.30.0.0/16 via 10.0.0.2 dev eth0 metric 50 on a',
  'create route fd00:20::/64 via fd00::2 dev eth0 on a',
];
const ON_VX0 = [
  'create address 10.7.0.1/24 on a:vx0',
  'create route 10.70.0.0/16 via 10.7.0.2 dev vx0 onlink on a',
  'create neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:vx0',
  'create fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx0',
];
const ON_B = [
  'create address 10.0.0.2/24 on b:eth0',
  'create address fd00::2/64 on b:eth0',
  'create address LOCAL on b:eth0',
];

/** Kinds of damage, each by the hand of `ip`, `bridge`, `nft`, `sysctl`. */
export const DAMAGE: Readonly<Record<string, Damage>> = {
  'an address is removed': {
    node: 'b',
    by: 'ip address del 10.0.0.2/24 dev eth0',
    changes: ['create address 10.0.0.2/24 on b:eth0'],
  },
  'an address is removed, and the kernel takes routes along': {
    node: 'a',
    by: 'ip address del 10.0.0.1/24 dev eth0',
    changes: [
      'create address 10.0.0.1/24 on a:eth0',
      'create route 10.20.0.0/16 via 10.0.0.2 dev eth0 on a',
      'create route 10.30.0.0/16 via 10.0.0.2 dev eth0 metric 50 on a',
    ],
  },
  'all IPv6 addresses are flushed': {
    node: 'a',
    by: 'ip -6 address flush dev eth0',
    changes: ['create address fd00::1/64 on a:eth0', 'create address fe80::ff:fe00:a00/64 on a:eth0'],
  },
  "the route to a network is removed, which is the kernel's": {
    node: 'a',
    by: 'ip route del 10.1.0.0/24 dev br0',
    changes: ['update address 10.1.0.1/24 on a:br0: network unreachable → 10.1.0.0/24'],
  },
  'all routes are flushed': {
    node: 'a',
    by: 'ip route flush table main',
    changes: [
      'update address 10.0.0.1/24 on a:eth0: network unreachable → 10.0.0.0/24',
      'update address 10.1.0.1/24 on a:br0: network unreachable → 10.1.0.0/24',
      'update address 10.7.0.1/24 on a:vx0: network unreachable → 10.7.0.0/24',
      'update address 10.11.0.1/24 on a:m1: network unreachable → 10.11.0.0/24',
      'update address 10.12.0.1/24 on a:m2: network unreachable → 10.12.0.0/24',
      'create route 10.20.0.0/16 via 10.0.0.2 dev eth0 on a',
      'create route 10.30.0.0/16 via 10.0.0.2 dev eth0 metric 50 on a',
      'create blackhole route 10.40.0.0/16 on a',
      'create route 10.70.0.0/16 via 10.7.0.2 dev vx0 onlink on a',
      'create route 10.80.0.0/16 nexthop via 10.11.0.2 dev m1 weight 1 nexthop via 10.12.0.2 dev m2 weight 1 on a',
    ],
  },
  'a route is removed': {
    node: 'a',
    by: 'ip route del 10.20.0.0/16',
    changes: ['create route 10.20.0.0/16 via 10.0.0.2 dev eth0 on a'],
  },
  'a route is replaced': {
    node: 'a',
    by: 'ip route replace 10.20.0.0/16 via 10.0.0.77',
    changes: [
      'update route 10.20.0.0/16 via 10.0.0.2 dev eth0 on a: nexthops via 10.0.0.77 dev eth0 → via 10.0.0.2 dev eth0',
    ],
  },
  'an IPv6 route is removed': {
    node: 'a',
    by: 'ip -6 route del fd00:20::/64',
    changes: ['create route fd00:20::/64 via fd00::2 dev eth0 on a'],
  },
  'a blackhole is removed': {
    node: 'a',
    by: 'ip route del blackhole 10.40.0.0/16',
    changes: ['create blackhole route 10.40.0.0/16 on a'],
  },
  'a route of two ways loses one': {
    node: 'a',
    by: 'ip route replace 10.80.0.0/16 via 10.11.0.2',
    changes: [
      'update route 10.80.0.0/16 nexthop via 10.11.0.2 dev m1 weight 1 nexthop via 10.12.0.2 dev m2 weight 1 on a: nexthops via 10.11.0.2 dev m1 → via 10.11.0.2 dev m1 weight 1, via 10.12.0.2 dev m2 weight 1',
    ],
  },
  'a rule is removed': {
    node: 'a',
    by: 'ip rule del priority 1000',
    changes: ['create rule priority 1000 from 10.99.0.0/16 lookup 100 on a'],
  },
  'a neighbour is deleted': {
    node: 'a',
    by: 'ip neighbour del 10.7.0.2 dev vx0',
    changes: ['create neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:vx0'],
  },
  'a neighbour gets another MAC address': {
    node: 'a',
    by: 'ip neighbour replace 10.7.0.2 lladdr 02:00:00:00:0b:99 dev vx0 nud permanent',
    changes: ['update neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:vx0: mac 02:00:00:00:0b:99 → 02:00:00:00:0b:07'],
  },
  'a neighbour may be forgotten by and by': {
    node: 'a',
    by: 'ip neighbour change 10.7.0.2 lladdr 02:00:00:00:0b:07 dev vx0 nud reachable',
    changes: ['create neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:vx0'],
  },
  'a forwarding entry is deleted': {
    node: 'a',
    by: 'bridge fdb del 02:00:00:00:0b:07 dev vx0 dst 10.0.0.2',
    changes: ['create fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx0'],
  },
  'a link is set down': {
    node: 'b',
    by: 'ip link set eth1 down',
    changes: ['update link b:eth1 (veth to lan:b): up true → false'.replace('true → false', 'false → true')],
  },
  'a link is set down, and the kernel takes routes along': {
    node: 'a',
    by: 'ip link set br0 down',
    changes: ['update link a:br0 (bridge): up false → true'],
  },
  'one link of a route of two ways is set down': {
    node: 'a',
    by: 'ip link set m1 down',
    changes: ['update link a:m1 (veth to d:m1): up false → true'],
  },
  'lo is set down': {
    node: 'c',
    by: 'ip link set lo down',
    changes: ['update link c:lo (loopback): up false → true'],
  },
  'a MAC address is changed': {
    node: 'a',
    by: 'ip link set eth0 address 02:00:00:00:66:66',
    changes: ['update link a:eth0 (veth to b:eth0): mac 02:00:00:00:66:66 → 02:00:00:00:0a:00'],
  },
  'an MTU is changed': {
    node: 'd',
    by: 'ip link set eth0 mtu 1300',
    changes: ['update link d:eth0 (veth to lan:d): mtu 1300 → 1500'],
  },
  'a port is taken out of its bridge': {
    node: 'lan',
    by: 'ip link set c nomaster',
    changes: ['update link lan:c (veth to c:eth1): master unset → lan'],
  },
  'a port is moved to another bridge': {
    node: 'a',
    by: 'ip link set eth1 master br1',
    changes: [
      'update link a:eth1 (veth to c:eth0): master br1 → br0',
      'update link a:br0 (bridge): mtu 1500 → 1400',
      'update link a:br1 (bridge): mtu 1400 → 1500',
    ],
  },
  'a bridge is set down': {
    node: 'lan',
    by: 'ip link set lan down',
    changes: ['update link lan:lan (bridge): up false → true'],
  },
  "a bridge's spanning tree is turned on": {
    node: 'lan',
    by: 'ip link set lan type bridge stp_state 1',
    changes: ['update link lan:lan (bridge): stp true → false'],
  },
  "a bridge's snooping is turned off": {
    node: 'a',
    by: 'ip link set br0 type bridge mcast_snooping 0',
    changes: ['update link a:br0 (bridge): mcast_snooping false → true'],
  },
  'a bridge is deleted': {
    node: 'a',
    by: 'ip link del br0',
    changes: [
      'create link a:br0 (bridge)',
      'create address 10.1.0.1/24 on a:br0',
      'update link a:eth1 (veth to c:eth0): master unset → br0',
    ],
  },
  'a vxlan is deleted': { node: 'a', by: 'ip link del vx0', changes: ['create link a:vx0 (vxlan)', ...ON_VX0] },
  'a vxlan is made anew with another number': {
    node: 'a',
    slow: true,
    by: 'ip link del vx0; ip link add vx0 address 02:00:00:00:66:67 type vxlan id 8 dev eth0 local 10.0.0.1 dstport 4789 nolearning',
    changes: ['replace link a:vx0 (vxlan): mac 02:00:00:00:66:67 → MAC: up false → true: vxlan id 8 → 7', ...ON_VX0],
  },
  'a veth is deleted': {
    node: 'a',
    by: 'ip link del eth1',
    changes: [
      'create link a:eth1 (veth to c:eth0)',
      'create link c:eth0 (veth to a:eth1)',
      'create address 10.1.0.2/24 on c:eth0',
      'update link a:br0 (bridge): mtu 1500 → 1400',
    ],
  },
  'a veth is deleted, with a tunnel on it': {
    node: 'b',
    by: 'ip link del eth0',
    changes: [
      'create link a:eth0 (veth to b:eth0)',
      'create link b:eth0 (veth to a:eth0)',
      'create link a:vx0 (vxlan)',
      ...ON_ETH0,
      ...ON_B,
      ...ON_VX0,
    ],
  },
  'a port is deleted on its bridge': {
    node: 'lan',
    by: 'ip link del dev d',
    changes: [
      'create link d:eth0 (veth to lan:d)',
      'create link lan:d (veth to d:eth0)',
      'create address 10.2.0.3/24 on d:eth0',
    ],
  },
  'an interface is renamed': {
    node: 'c',
    by: "printf 'link set eth1 down\\nlink set eth1 name lost0\\n' | ip -batch -",
    changes: [
      'create address 10.2.0.2/24 on c:eth1',
      'create link c:eth1 (veth to lan:c)',
      'remove address 10.2.0.2/24 on c:lost0',
      'remove link c:lost0 (veth to lan:c)',
      'replace link lan:c (veth to c:eth1): peer c:lost0 → c:eth1',
    ],
  },
  'an interface is moved away': {
    node: 'd',
    by: 'ip link set m2 netns $LAB.c name gone0',
    changes: ['remove link c:gone0 (veth to a:m2)', 'replace link a:m2 (veth to d:m2): peer c:gone0 → d:m2', ...MOVED],
    watched: ['replace link a:m2 (veth to d:m2): peer unset → d:m2', ...MOVED],
  },
  'the ruleset is flushed': { node: 'a', by: 'nft flush ruleset', changes: ['create nat on a (2 rules)'] },
  'the table is deleted': {
    node: 'c',
    by: 'nft delete table inet netlab',
    changes: ['create firewall on c (2 rules)'],
  },
  'a chain is flushed': {
    node: 'c',
    by: 'nft flush chain inet netlab input',
    changes: [
      'update firewall on c (2 rules): rule unset → accept state established,related: rule unset → accept proto icmp',
    ],
  },
  'a rule is inserted': {
    node: 'c',
    by: 'nft insert rule inet netlab input ip saddr 10.1.0.1 drop',
    changes: ['update firewall on c (2 rules): table input: a rule without our comment (altered) → as the file has it'],
  },
  'forwarding is turned off': {
    node: 'a',
    by: 'sysctl -qw net.ipv4.ip_forward=0',
    changes: ['update sysctl net.ipv4.ip_forward = 1 on a: value 0 → 1'],
  },
  'a setting is changed of which the kernel tells nobody': {
    node: 'a',
    by: 'sysctl -qw net.ipv4.ip_default_ttl=64',
    changes: ['update sysctl net.ipv4.ip_default_ttl = 33 on a: value 64 → 33'],
  },
  "a device's setting is changed": {
    node: 'a',
    by: 'sysctl -qw net.ipv4.conf.eth0.rp_filter=0',
    changes: ['update sysctl net.ipv4.conf.eth0.rp_filter = 2 on a: value 0 → 2'],
  },
};

/** What of a device is another number when it is made anew, or moves with what others do. */
const NUMBERS =
  /^(ifindex|link_index|link_netnsid|id|no|designated_port|root_port|root_path_cost|designated_cost|root_id|promiscuity|allmulti)$/;

/** What stands in the lab's namespaces, as the tools show it, in an order of its own: what was made anew stands last with them. */
export function state(lab: string): Record<string, unknown> {
  type Node = Record<string, unknown> & { links: { ifname: string }[]; addresses: unknown[] };
  const sort = (list: readonly unknown[]): string[] => list.map((each) => JSON.stringify(each)).toSorted();
  const text = JSON.stringify(dump(lab), (key, value: unknown) => (NUMBERS.test(key) ? undefined : value));
  const nodes = Object.entries(JSON.parse(text) as Record<string, Node>);
  return Object.fromEntries(
    nodes.map(([node, { links, addresses, rules, fdb, ...rest }]) => [
      node,
      {
        links: sort(links),
        addresses: sort(addresses.flat()),
        rules: sort(rules as unknown[]),
        // What the kernel itself listens to comes and goes with interfaces.
        fdb: (fdb as string[]).filter((each) => !each.includes('"33:33:')),
        sysctls: node === 'a' ? settings(lab, node) : [],
        networks: inNode(lab, node, ['ip', 'route', 'show', 'proto', 'kernel']).stdout.split('\n').toSorted(),
        ...rest,
      },
    ]),
  );
}

const SETTINGS = ['net.ipv4.ip_forward', 'net.ipv4.ip_default_ttl', 'net.ipv4.conf.eth0.rp_filter'];

/** As a process in the node reads them; those of a device that is not there are left out. */
function settings(lab: string, node: string): string {
  return inNode(lab, node, ['sysctl', '-e', ...SETTINGS]).stdout;
}

/** Does it, by a hand that is not netlab's. */
export function damage(lab: string, { node, by }: Damage): void {
  const { code, stderr } = inNode(lab, node, ['sh', '-e', '-c', `LAB=${lab}\n${by}`]);
  assert.equal(code, 0, `${by}: ${stderr}`);
}

/** Changes as {@link Damage.changes} has them. */
export function told(changes: readonly PlannedChange[]): string[] {
  return inShort(changes)
    .map((line) => line.replace(/→ 02:[0-9a-f:]{14}: up/, '→ MAC: up').replace(/fe80::\S+ on b:/, 'LOCAL on b:'))
    .toSorted();
}
