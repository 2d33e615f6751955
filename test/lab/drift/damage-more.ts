/** More kinds of damage: to what a node is called and sees, to the names of namespaces, and the rarer ones to the network. */
import type { Damage } from './damaged-lab.ts';

const ON_D = [
  'create address 10.11.0.2/24 on d:m1',
  'create address 10.12.0.2/24 on d:m2',
  'create address 10.2.0.3/24 on d:eth0',
];

export const MORE: Readonly<Record<string, Damage>> = {
  'the hosts file of a node is unmounted': {
    node: 'a',
    where: 'within',
    by: 'umount /etc/hosts',
    changes: ['update node a: mount missing → /etc/hosts'],
  },
  'the hostname file of a node is unmounted': {
    node: 'a',
    where: 'within',
    by: 'umount /etc/hostname',
    changes: ['update node a: mount missing → /etc/hostname'],
  },
  '/proc of a node is unmounted': {
    node: 'a',
    where: 'within',
    by: 'umount -l /proc',
    changes: ['update node a: mount missing → /proc'],
  },
  '/sys of a node is unmounted': {
    node: 'a',
    where: 'within',
    by: 'umount -l /sys',
    changes: ['update node a: mount missing → /sys'],
  },
  '/sys of a node is remounted': {
    node: 'a',
    where: 'within',
    by: 'mount -o remount,bind,rw,nosuid,nodev,exec /sys',
    changes: ['update node a: mount /sys without ro, noexec → /sys ro, noexec'],
  },
  'the terminals of a node are unmounted': {
    node: 'a',
    where: 'within',
    by: 'umount -l /dev/pts',
    changes: ['update node a: mount missing → /dev/pts'],
  },
  'a file of a node is unmounted': {
    node: 'a',
    where: 'within',
    by: 'umount /etc/motd',
    changes: ['update file /etc/motd on a: mount missing → /etc/motd'],
  },
  'all that stands in /etc of a node is unmounted': {
    node: 'a',
    where: 'within',
    by: 'umount -l /etc',
    changes: [
      'update node a: mount missing → /etc/hosts: mount missing → /etc/hostname',
      'update file /etc/motd on a: mount missing → /etc/motd',
      'update file /etc/netlab-drift on a: mount missing → /etc/netlab-drift',
    ],
  },
  'a file of a node is written into': {
    node: 'a',
    where: 'within',
    by: 'echo spoilt >/etc/netlab-drift',
    changes: ['update file /etc/netlab-drift on a: content "spoilt\\n" → "here\\n"'],
  },
  'a file of a node is closed to others': {
    node: 'a',
    where: 'within',
    by: 'chmod 600 /etc/motd',
    changes: ['update file /etc/motd on a: mode 600 → 644'],
  },
  'a node is called otherwise': {
    node: 'a',
    where: 'within',
    by: 'hostname elsewhere',
    changes: ['update node a: hostname elsewhere → a'],
  },
  "a namespace's name is removed": {
    node: 'b',
    where: 'outside',
    by: 'rm $NETNS/$LAB.b',
    changes: ['update node b: name missing → NAME.b'],
  },
  "a namespace's name leads to another one": {
    node: 'b',
    where: 'outside',
    by: 'ln -sfn /proc/self/ns/net $NETNS/$LAB.b',
    changes: ['update node b: name /proc/self/ns/net → NAME.b'],
  },
  "a bridge's name is removed": {
    node: 'lan',
    where: 'outside',
    by: 'rm $NETNS/$LAB.lan',
    changes: ['update bridge lan: name missing → NAME.lan'],
  },
  'the route to an IPv6 network is removed': {
    node: 'b',
    by: 'ip -6 route del fd00::/64 dev eth0',
    changes: ['update address fd00::2/64 on b:eth0: network unreachable → fd00::/64'],
  },
  'all IPv6 routes are flushed': {
    node: 'a',
    by: 'ip -6 route flush table main',
    changes: [
      'update address fd00::1/64 on a:eth0: network unreachable → fd00::/64',
      'update address fe80::ff:fe00:a00/64 on a:eth0: network unreachable → fe80::/64',
      'create route fd00:20::/64 via fd00::2 dev eth0 on a',
    ],
  },
  'a route gets another metric': {
    node: 'a',
    slow: true,
    by: "printf 'route del 10.30.0.0/16 metric 50\\nroute add 10.30.0.0/16 via 10.0.0.2 metric 60 proto 110\\n' | ip -batch -",
    changes: [
      'create route 10.30.0.0/16 via 10.0.0.2 dev eth0 metric 50 on a',
      'remove route 10.30.0.0/16 via 10.0.0.2 dev eth0 metric 60 on a',
    ],
  },
  'a blackhole becomes a way': {
    node: 'a',
    by: 'ip route replace 10.40.0.0/16 via 10.0.0.2',
    changes: [
      'update blackhole route 10.40.0.0/16 on a: type unicast → blackhole: nexthops via 10.0.0.2 dev eth0 → unset',
    ],
  },
  'a way of two gets another weight': {
    node: 'a',
    by: 'ip route replace 10.80.0.0/16 nexthop via 10.11.0.2 dev m1 weight 5 nexthop via 10.12.0.2 dev m2',
    changes: [
      'update route 10.80.0.0/16 nexthop via 10.11.0.2 dev m1 weight 1 nexthop via 10.12.0.2 dev m2 weight 1 on a: nexthops via 10.11.0.2 dev m1 weight 5, via 10.12.0.2 dev m2 weight 1 → via 10.11.0.2 dev m1 weight 1, via 10.12.0.2 dev m2 weight 1',
    ],
  },
  'a rule looks up another table': {
    node: 'a',
    slow: true,
    by: "printf 'rule del priority 1000\\nrule add from 10.99.0.0/16 table 101 priority 1000 protocol 110\\n' | ip -batch -",
    changes: [
      'create rule priority 1000 from 10.99.0.0/16 lookup 100 on a',
      'remove rule priority 1000 from 10.99.0.0/16 lookup 101 on a',
    ],
  },
  "an address's scope is narrowed": {
    node: 'a',
    slow: true,
    by: "printf 'address del 10.1.0.1/24 dev br0\\naddress add 10.1.0.1/24 scope link dev br0\\n' | ip -batch -",
    changes: ['replace address 10.1.0.1/24 on a:br0: scope link → global'],
  },
  'a forwarding entry leads elsewhere': {
    node: 'a',
    by: 'bridge fdb replace 02:00:00:00:0b:07 dev vx0 dst 10.0.0.9 self permanent',
    changes: ['create fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx0'],
  },
  'the MAC address of a far end is changed': {
    node: 'd',
    by: 'ip link set m1 address 02:00:00:00:66:66',
    changes: ['update link d:m1 (veth to a:m1): mac 02:00:00:00:66:66 → MAC'],
  },
  "a bridge's MTU is changed": {
    node: 'a',
    by: 'ip link set br0 mtu 1300',
    changes: ['update link a:br0 (bridge): mtu 1300 → 1400'],
  },
  'a port sends back': {
    node: 'a',
    by: 'bridge link set dev eth1 hairpin on',
    changes: ['update link a:eth1 (veth to c:eth0): hairpin true → unset'],
  },
  'a tunnel learns': {
    node: 'a',
    by: 'ip link set vx0 type vxlan id 7 learning',
    changes: ['update link a:vx0 (vxlan): vxlan learning true → false'],
  },
  'a tunnel gets another near and a far end': {
    node: 'a',
    by: 'ip link set vx0 type vxlan id 7 local 10.1.0.1 remote 10.0.0.9',
    changes: ['update link a:vx0 (vxlan): vxlan local 10.1.0.1 → 10.0.0.1: vxlan remote 10.0.0.9 → unset'],
  },
  "a macvlan's mode is changed": {
    node: 'a',
    by: 'ip link set mv type macvlan mode private',
    changes: ['update link a:mv (macvlan): macvlan mode private → bridge'],
  },
  'a macvlan is deleted': {
    node: 'a',
    by: 'ip link del mv',
    changes: ['create link a:mv (macvlan)', 'create address 10.11.0.11/24 on a:mv'],
  },
  'an ifb is deleted': { node: 'a', by: 'ip link del i0', changes: ['create link a:i0 (ifb)'] },
  'a node is emptied': {
    node: 'd',
    slow: true,
    by: 'for each in eth0 m1 m2; do ip link del $each; done; ip link set lo down',
    changes: [
      'create link a:m1 (veth to d:m1)',
      'create link a:m2 (veth to d:m2)',
      'create link a:mv (macvlan)',
      'create link d:eth0 (veth to lan:d)',
      'create link d:m1 (veth to a:m1)',
      'create link d:m2 (veth to a:m2)',
      'create link lan:d (veth to d:eth0)',
      'update link d:lo (loopback): up false → true',
      'create address 10.11.0.1/24 on a:m1',
      'create address 10.11.0.11/24 on a:mv',
      'create address 10.12.0.1/24 on a:m2',
      ...ON_D,
      'create route 10.80.0.0/16 nexthop via 10.11.0.2 dev m1 weight 1 nexthop via 10.12.0.2 dev m2 weight 1 on a',
    ],
  },
  'what a chain does with the rest is changed': {
    node: 'c',
    by: "nft chain inet netlab input '{ policy accept; }'",
    changes: ['update firewall on c (2 rules): policy of input accept → drop'],
  },
  'a chain is added': {
    node: 'c',
    by: "nft add chain inet netlab input2 '{ type filter hook input priority 5; policy drop; }'",
    changes: ['update firewall on c (2 rules): policy of input2 drop → unset'],
  },
  'a rule of the NAT is deleted': {
    node: 'a',
    by: "nft delete rule inet netlab postrouting handle $(nft -a list chain inet netlab postrouting | sed -n 's/.*masquerade.*handle //p')",
    changes: ['update nat on a (2 rules): rule unset → masquerade out eth0 from 10.1.0.0/24'],
  },
  'IPv6 forwarding is turned off': {
    node: 'a',
    by: 'sysctl -qw net.ipv6.conf.all.forwarding=0',
    changes: ['update sysctl net.ipv6.conf.all.forwarding = 1 on a: value 0 → 1'],
  },
};
