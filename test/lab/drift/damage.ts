/** What the tests of this folder do to the lab: kinds of damage by hand, and what `plan` says of each. */
import type { Damage } from './damaged-lab.ts';
import { MORE } from './damage-more.ts';

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

/** Kinds of damage to links, addresses, routes and tables, each by the hand of `ip`, `bridge`, `nft`, `sysctl`. */
export const TO_THE_NETWORK: Readonly<Record<string, Damage>> = {
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
      'update address 10.11.0.11/24 on a:mv: network unreachable → 10.11.0.0/24',
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
    // A watch may have made it by the time that it is made by hand.
    by: 'ip link del vx0; ip link add vx0 address 02:00:00:00:66:67 type vxlan id 8 dev eth0 local 10.0.0.1 dstport 4789 nolearning || true',
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

/** All of it. */
export const DAMAGE: Readonly<Record<string, Damage>> = { ...TO_THE_NETWORK, ...MORE };
