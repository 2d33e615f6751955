/**
 * For each property of the network that a file can name: an edit from one value to another, what `plan` says of it, and how the kernel
 * shows it by tools that are not ours. test/unit/topology/properties.test.ts finds properties that stand in no row.
 */

/** The lab of the table. Every row edits it, and is taken back. */
export const LAB = `
nodes:
  a:
    forwarding: { ipv4: true, ipv6: false }
    sysctls: { net.ipv4.ip_default_ttl: 33 }
    interfaces:
      lo: { addresses: [10.255.0.1/32] }
      eth0: { addresses: [10.0.0.1/24, 'fd00::1/64'], mac: '02:00:00:00:0a:00', mtu: 1500 }
      eth1: { addresses: [10.1.0.1/24] }
      p0: {}
      q0: { up: true }
      br0: { type: bridge, ports: [p0], stp: false, addresses: [10.3.0.1/24] }
      br1: { type: bridge, ports: [] }
      vx: { type: vxlan, id: 7, link: eth0, local: 10.0.0.1, port: 4789, learning: false, addresses: [10.7.0.1/24] }
      far: { type: vxlan, id: 8, link: eth0, local: 10.0.0.1, remote: 10.0.0.2 }
      mv: { type: macvlan, link: eth1, mode: bridge, addresses: [10.4.0.1/24] }
    routes:
      - { to: 10.20.0.0/16, via: 10.0.0.2 }
      - { to: 10.21.0.0/16, dev: eth1, scope: link }
      - { to: 10.22.0.0/16, via: 10.0.0.2, metric: 50, mtu: 1400, src: 10.255.0.1 }
      - { to: 10.23.0.0/16, type: blackhole, table: 100 }
      - { to: 10.24.0.0/16, via: 10.99.0.1, dev: eth1, onlink: true }
      - { to: 10.25.0.0/16, nexthops: [{ via: 10.0.0.2, weight: 1 }, { via: 10.1.0.2, dev: eth1, onlink: false }] }
      - { to: 'fd00:20::/64', via: 'fd00::2' }
    rules:
      - { from: 10.90.0.0/16, table: 100, priority: 1000 }
      - { to: 10.91.0.0/16, iif: eth0, oif: eth1, fwmark: 7, table: 101, priority: 1001 }
    neighbors:
      - { to: 10.7.0.2, mac: '02:00:00:00:0b:07', dev: vx }
    fdb:
      - { mac: '02:00:00:00:0b:07', dev: vx, dst: 10.0.0.2 }
    nat:
      - masquerade: { out: eth0, from: 10.3.0.0/24 }
      - snat: { out: eth1, from: 10.4.0.0/24, to: 10.1.0.1 }
      - dnat: { in: eth0, dest: 10.0.0.1, proto: tcp, port: 8080, to: '10.3.0.2:80' }
      - redirect: { in: eth1, proto: udp, port: 53, to: 5353 }
      - publish: { proto: tcp, port: 8443, to: '10.3.0.3:443' }
    firewall:
      input: { policy: accept, rules: [{ accept: { in: eth0, proto: tcp, port: 22 } }] }
  b:
    interfaces:
      eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'] }
      eth1: { addresses: [10.1.0.2/24] }
  c: {}
  x: { interfaces: { eth0: { addresses: [10.100.0.1/24] } } }
  y: { interfaces: { eth0: { addresses: [10.100.0.2/24] } } }
links:
  - ['x:eth0', 'y:eth0']
  - ['a:eth0', 'b:eth0']
  - { endpoints: ['a:eth1', 'b:eth1'], mtu: 1500 }
  - ['a:p0', 'b:p0']
  - { endpoints: ['a:q0', 'b:q0'], subnet: 10.6.1.0/30 }
bridges:
  lan: { ports: ['a:eth2', 'b:eth2'], subnet: 10.2.0.0/24, stp: false, mtu: 1500 }
`;

/** One edit. */
export interface Row {
  /** The keys of the language that it is about. */
  readonly keys: string;
  readonly edit: readonly (readonly [passage: string, replacement: string])[];
  /** All that is changed, in short. */
  readonly changes: readonly string[];
  /** Who else is disturbed, by the words of the plan. */
  readonly disturbs?: string;
  /** In which node, by which command, one sees what afterwards. */
  readonly seen: readonly [node: string, command: string, shows: RegExp];
  /** What the kernel says it has deleted, by a word of each line; everything else stays as it is. */
  readonly gone?: readonly string[];
}

/** The table. */
export const ROWS: readonly Row[] = [
  {
    keys: 'interface.addresses',
    edit: [['eth1: { addresses: [10.1.0.1/24]', 'eth1: { addresses: [10.1.0.1/24, 10.1.0.9/24]']],
    changes: ['create address 10.1.0.9/24 on a:eth1'],
    seen: ['a', 'ip address show dev eth1', /inet 10\.1\.0\.9\/24/],
  },
  {
    keys: 'interface.mac',
    edit: [["0a:00'", "0a:01'"]],
    changes: [
      'create address fe80::ff:fe00:a01/64 on a:eth0',
      'remove address fe80::ff:fe00:a00/64 on a:eth0',
      'update link a:eth0 (veth to b:eth0): mac 02:00:00:00:0a:00 → 02:00:00:00:0a:01',
    ],
    seen: ['a', 'ip link show dev eth0', /link\/ether 02:00:00:00:0a:01/],
    gone: ['inet6 fe80::ff:fe00:a00/64'],
  },
  {
    // The kernel forgets the neighbours of a link that gets another MAC address, those of the file too.
    keys: 'interface.mac',
    edit: [['id: 7, link: eth0', "mac: '02:00:00:00:0a:07', id: 7, link: eth0"]],
    changes: [
      'update link a:vx (vxlan): mac MAC → 02:00:00:00:0a:07',
      'update neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:vx',
    ],
    seen: ['a', 'ip neigh show dev vx', /10\.7\.0\.2 lladdr 02:00:00:00:0b:07 PERMANENT/],
  },
  {
    keys: 'interface.mtu',
    edit: [["mac: '02:00:00:00:0a:00', mtu: 1500", "mac: '02:00:00:00:0a:00', mtu: 1480"]],
    changes: [
      'update link a:eth0 (veth to b:eth0): mtu 1500 → 1480',
      'update link a:far (vxlan): mtu 1450 → 1430',
      'update link a:vx (vxlan): mtu 1450 → 1430',
    ],
    seen: ['a', 'ip link show dev eth0', /mtu 1480/],
  },
  {
    keys: 'interface.up',
    edit: [['q0: { up: true }', 'q0: { up: false }']],
    changes: ['update link a:q0 (veth to b:q0): up true → false'],
    seen: ['a', 'ip link show dev q0', /state DOWN/],
  },
  {
    keys: 'interface.ports',
    edit: [
      ['ports: [p0]', 'ports: []'],
      ['br1: { type: bridge, ports: []', 'br1: { type: bridge, ports: [p0]'],
    ],
    changes: ['update link a:p0 (veth to b:p0): master br0 → br1: hairpin true → unset'],
    seen: ['a', 'ip link show dev p0', /master br1/],
    gone: [': p0'],
  },
  {
    keys: 'interface.stp',
    edit: [['ports: [p0], stp: false', 'ports: [p0], stp: true']],
    changes: ['update link a:br0 (bridge): stp false → true'],
    seen: ['a', 'ip -d link show dev br0', /stp_state 1/],
  },
  {
    keys: 'interface.type',
    edit: [['br1: { type: bridge, ports: [] }', 'br1: { type: ifb }']],
    changes: ['replace link a:br1 (ifb): type bridge → ifb'],
    seen: ['a', 'ip -d link show dev br1', /\n +ifb /],
    gone: [': br1'],
  },
  {
    keys: 'interface.id',
    edit: [['id: 7', 'id: 9']],
    changes: [
      'create address 10.7.0.1/24 on a:vx',
      'create fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx',
      'create neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:vx',
      'replace link a:vx (vxlan): vxlan id 7 → 9',
    ],
    disturbs: 'addresses, neighbours and forwarding entries of it are put back',
    seen: ['a', 'ip -d link show dev vx', /vxlan id 9/],
    gone: ['inet 10.7.0.1/24', ': vx'],
  },
  {
    keys: 'interface.link',
    edit: [['id: 7, link: eth0', 'id: 7, link: eth1']],
    changes: ['update link a:vx (vxlan): vxlan link eth0 → eth1'],
    seen: ['a', 'ip -d link show dev vx', /dev eth1/],
  },
  {
    keys: 'interface.link',
    edit: [['id: 8, link: eth0', 'id: 8, link: eth1']],
    changes: ['replace link a:far (vxlan): vxlan link eth0 → eth1'],
    seen: ['a', 'ip -d link show dev far', /dev eth1/],
    gone: [': far'],
  },
  {
    keys: 'interface.local',
    edit: [['id: 7, link: eth0, local: 10.0.0.1', 'id: 7, link: eth0, local: 10.1.0.1']],
    changes: ['update link a:vx (vxlan): vxlan local 10.0.0.1 → 10.1.0.1'],
    seen: ['a', 'ip -d link show dev vx', /local 10\.1\.0\.1/],
  },
  {
    keys: 'interface.remote',
    edit: [['remote: 10.0.0.2', 'remote: 10.0.0.3']],
    changes: ['update link a:far (vxlan): vxlan remote 10.0.0.2 → 10.0.0.3'],
    seen: ['a', 'ip -d link show dev far', /remote 10\.0\.0\.3/],
  },
  {
    keys: 'interface.port',
    edit: [['port: 4789', 'port: 4790']],
    changes: [
      'create address 10.7.0.1/24 on a:vx',
      'create fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx',
      'create neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:vx',
      'replace link a:vx (vxlan): vxlan port 4789 → 4790',
    ],
    disturbs: 'addresses, neighbours and forwarding entries of it are put back',
    seen: ['a', 'ip -d link show dev vx', /dstport 4790/],
    gone: ['inet 10.7.0.1/24', ': vx'],
  },
  {
    keys: 'interface.learning',
    edit: [['learning: false', 'learning: true']],
    changes: ['update link a:vx (vxlan): vxlan learning false → true'],
    seen: ['a', 'ip -d link show dev vx', /dstport 4789 ttl/],
  },
  {
    keys: 'interface.mode',
    edit: [['mode: bridge', 'mode: private']],
    changes: ['update link a:mv (macvlan): macvlan mode bridge → private'],
    seen: ['a', 'ip -d link show dev mv', /macvlan mode private/],
  },
  {
    keys: 'node.sysctls',
    edit: [['ttl: 33', 'ttl: 34']],
    changes: ['update sysctl net.ipv4.ip_default_ttl = 34 on a: value 33 → 34'],
    seen: ['a', 'sysctl net.ipv4.ip_default_ttl', /= 34/],
  },
  {
    keys: 'node.forwarding node.forwarding.ipv4 node.forwarding.ipv6',
    edit: [['ipv4: true, ipv6: false', 'ipv4: false, ipv6: true']],
    changes: [
      'update sysctl net.ipv4.ip_forward = 0 on a: value 1 → 0',
      'update sysctl net.ipv6.conf.all.forwarding = 1 on a: value 0 → 1',
    ],
    seen: ['a', 'sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding', /= 0\n.*= 1/],
  },
  {
    keys: 'route.to',
    edit: [['to: 10.20.0.0/16', 'to: 10.29.0.0/16']],
    changes: [
      'create route 10.29.0.0/16 via 10.0.0.2 dev eth0 on a',
      'remove route 10.20.0.0/16 via 10.0.0.2 dev eth0 on a',
    ],
    seen: ['a', 'ip route show 10.29.0.0/16', /via 10\.0\.0\.2/],
    gone: ['Deleted 10.20.0.0/16'],
  },
  {
    keys: 'route.via',
    edit: [['{ to: 10.20.0.0/16, via: 10.0.0.2', '{ to: 10.20.0.0/16, via: 10.0.0.3']],
    changes: [
      'update route 10.20.0.0/16 via 10.0.0.3 dev eth0 on a: nexthops via 10.0.0.2 dev eth0 → via 10.0.0.3 dev eth0',
    ],
    seen: ['a', 'ip route show 10.20.0.0/16', /via 10\.0\.0\.3/],
  },
  {
    keys: 'route.dev',
    edit: [['dev: eth1, scope: link', 'dev: eth0, scope: link']],
    changes: ['update route 10.21.0.0/16 dev eth0 on a: nexthops dev eth1 → dev eth0'],
    seen: ['a', 'ip route show 10.21.0.0/16', /dev eth0/],
  },
  {
    keys: 'route.scope',
    edit: [['scope: link', 'scope: host']],
    changes: ['update route 10.21.0.0/16 dev eth1 on a: scope link → host'],
    seen: ['a', 'ip route show 10.21.0.0/16', /scope host/],
  },
  {
    keys: 'route.metric',
    edit: [['metric: 50', 'metric: 51']],
    changes: [
      'create route 10.22.0.0/16 via 10.0.0.2 dev eth0 metric 51 on a',
      'remove route 10.22.0.0/16 via 10.0.0.2 dev eth0 metric 50 on a',
    ],
    seen: ['a', 'ip route show 10.22.0.0/16', /metric 51/],
    gone: ['Deleted 10.22.0.0/16'],
  },
  {
    keys: 'route.mtu',
    edit: [['metric: 50, mtu: 1400', 'metric: 50, mtu: 1300']],
    changes: ['update route 10.22.0.0/16 via 10.0.0.2 dev eth0 metric 50 on a: mtu 1400 → 1300'],
    seen: ['a', 'ip route show 10.22.0.0/16', /mtu 1300/],
  },
  {
    keys: 'route.src',
    edit: [['src: 10.255.0.1', 'src: 10.0.0.1']],
    changes: ['update route 10.22.0.0/16 via 10.0.0.2 dev eth0 metric 50 on a: src 10.255.0.1 → 10.0.0.1'],
    seen: ['a', 'ip route show 10.22.0.0/16', /src 10\.0\.0\.1/],
  },
  {
    keys: 'route.type',
    edit: [['type: blackhole', 'type: unreachable']],
    changes: ['update unreachable route 10.23.0.0/16 table 100 on a: type blackhole → unreachable'],
    seen: ['a', 'ip route show table 100', /unreachable 10\.23/],
  },
  {
    keys: 'route.table',
    edit: [['type: blackhole, table: 100', 'type: blackhole, table: 102']],
    changes: [
      'create blackhole route 10.23.0.0/16 table 102 on a',
      'remove blackhole route 10.23.0.0/16 table 100 on a',
    ],
    seen: ['a', 'ip route show table 102', /blackhole 10\.23/],
    gone: ['Deleted blackhole 10.23.0.0/16'],
  },
  {
    keys: 'route.onlink',
    edit: [['via: 10.99.0.1, dev: eth1, onlink: true', 'via: 10.1.0.7, dev: eth1, onlink: false']],
    changes: [
      'update route 10.24.0.0/16 via 10.1.0.7 dev eth1 on a: nexthops via 10.99.0.1 dev eth1 onlink → via 10.1.0.7 dev eth1',
    ],
    seen: ['a', 'ip route show 10.24.0.0/16', /via 10\.1\.0\.7 dev eth1 proto 110 \n/],
  },
  {
    keys: 'route.nexthops',
    edit: [
      ['nexthops: [{ via: 10.0.0.2, weight: 1 }, ', 'nexthops: [{ via: 10.0.0.2, weight: 1 }, { via: 10.0.0.3 }, '],
    ],
    changes: [
      'update route 10.25.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 1 nexthop via 10.0.0.3 dev eth0 weight 1 nexthop via 10.1.0.2 dev eth1 weight 1 on a: nexthops via 10.0.0.2 dev eth0 weight 1, via 10.1.0.2 dev eth1 weight 1 → via 10.0.0.2 dev eth0 weight 1, via 10.0.0.3 dev eth0 weight 1, via 10.1.0.2 dev eth1 weight 1',
    ],
    seen: ['a', 'ip route show 10.25.0.0/16', /via 10\.0\.0\.3/],
  },
  {
    keys: 'nexthop.weight',
    edit: [['weight: 1', 'weight: 3']],
    changes: [
      'update route 10.25.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 3 nexthop via 10.1.0.2 dev eth1 weight 1 on a: nexthops via 10.0.0.2 dev eth0 weight 1, via 10.1.0.2 dev eth1 weight 1 → via 10.0.0.2 dev eth0 weight 3, via 10.1.0.2 dev eth1 weight 1',
    ],
    seen: ['a', 'ip route show 10.25.0.0/16', /weight 3/],
  },
  {
    keys: 'nexthop.via nexthop.dev',
    edit: [['{ via: 10.1.0.2, dev: eth1', '{ via: 10.2.0.7, dev: eth2']],
    changes: [
      'update route 10.25.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 1 nexthop via 10.2.0.7 dev eth2 weight 1 on a: nexthops via 10.0.0.2 dev eth0 weight 1, via 10.1.0.2 dev eth1 weight 1 → via 10.0.0.2 dev eth0 weight 1, via 10.2.0.7 dev eth2 weight 1',
    ],
    seen: ['a', 'ip route show 10.25.0.0/16', /via 10\.2\.0\.7 dev eth2/],
  },
  {
    keys: 'nexthop.onlink',
    edit: [['onlink: false }]', 'onlink: true }]']],
    changes: [
      'update route 10.25.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 1 nexthop via 10.1.0.2 dev eth1 weight 1 onlink on a: nexthops via 10.0.0.2 dev eth0 weight 1, via 10.1.0.2 dev eth1 weight 1 → via 10.0.0.2 dev eth0 weight 1, via 10.1.0.2 dev eth1 weight 1 onlink',
    ],
    seen: ['a', 'ip route show 10.25.0.0/16', /weight 1 onlink/],
  },
  {
    keys: 'route.via',
    edit: [["via: 'fd00::2'", "via: 'fd00::3'"]],
    changes: [
      'update route fd00:20::/64 via fd00::3 dev eth0 on a: nexthops via fd00::2 dev eth0 → via fd00::3 dev eth0',
    ],
    seen: ['a', 'ip -6 route show fd00:20::/64', /via fd00::3/],
  },
  {
    keys: 'rule.from',
    edit: [['from: 10.90.0.0/16', 'from: 10.92.0.0/16']],
    changes: [
      'create rule priority 1000 from 10.92.0.0/16 lookup 100 on a',
      'remove rule priority 1000 from 10.90.0.0/16 lookup 100 on a',
    ],
    seen: ['a', 'ip rule', /1000:\tfrom 10\.92\.0\.0\/16/],
    gone: ['from 10.90.0.0/16 lookup 100'],
  },
  {
    keys: 'rule.priority',
    edit: [['priority: 1000', 'priority: 1002']],
    changes: [
      'create rule priority 1002 from 10.90.0.0/16 lookup 100 on a',
      'remove rule priority 1000 from 10.90.0.0/16 lookup 100 on a',
    ],
    seen: ['a', 'ip rule', /1002:\tfrom 10\.90/],
    gone: ['from 10.90.0.0/16 lookup 100'],
  },
  {
    keys: 'rule.table',
    edit: [['table: 100, priority', 'table: 103, priority']],
    changes: [
      'create rule priority 1000 from 10.90.0.0/16 lookup 103 on a',
      'remove rule priority 1000 from 10.90.0.0/16 lookup 100 on a',
    ],
    seen: ['a', 'ip rule', /lookup 103/],
    gone: ['from 10.90.0.0/16 lookup 100'],
  },
  {
    keys: 'rule.to',
    edit: [['to: 10.91.0.0/16', 'to: 10.93.0.0/16']],
    changes: [
      'create rule priority 1001 to 10.93.0.0/16 iif eth0 oif eth1 fwmark 7 lookup 101 on a',
      'remove rule priority 1001 to 10.91.0.0/16 iif eth0 oif eth1 fwmark 7 lookup 101 on a',
    ],
    seen: ['a', 'ip rule', /to 10\.93/],
    gone: ['from all to 10.91.0.0/16 fwmark 0x7 iif eth0 oif eth1 lookup 101'],
  },
  {
    keys: 'rule.iif',
    edit: [['iif: eth0', 'iif: eth2']],
    changes: [
      'create rule priority 1001 to 10.91.0.0/16 iif eth2 oif eth1 fwmark 7 lookup 101 on a',
      'remove rule priority 1001 to 10.91.0.0/16 iif eth0 oif eth1 fwmark 7 lookup 101 on a',
    ],
    seen: ['a', 'ip rule', /iif eth2/],
    gone: ['from all to 10.91.0.0/16 fwmark 0x7 iif eth0 oif eth1 lookup 101'],
  },
  {
    keys: 'rule.oif',
    edit: [['oif: eth1', 'oif: eth2']],
    changes: [
      'create rule priority 1001 to 10.91.0.0/16 iif eth0 oif eth2 fwmark 7 lookup 101 on a',
      'remove rule priority 1001 to 10.91.0.0/16 iif eth0 oif eth1 fwmark 7 lookup 101 on a',
    ],
    seen: ['a', 'ip rule', /oif eth2/],
    gone: ['from all to 10.91.0.0/16 fwmark 0x7 iif eth0 oif eth1 lookup 101'],
  },
  {
    keys: 'rule.fwmark',
    edit: [['fwmark: 7', 'fwmark: 8']],
    changes: [
      'create rule priority 1001 to 10.91.0.0/16 iif eth0 oif eth1 fwmark 8 lookup 101 on a',
      'remove rule priority 1001 to 10.91.0.0/16 iif eth0 oif eth1 fwmark 7 lookup 101 on a',
    ],
    seen: ['a', 'ip rule', /fwmark 0x8/],
    gone: ['from all to 10.91.0.0/16 fwmark 0x7 iif eth0 oif eth1 lookup 101'],
  },
  {
    keys: 'neighbor.mac',
    edit: [["to: 10.7.0.2, mac: '02:00:00:00:0b:07'", "to: 10.7.0.2, mac: '02:00:00:00:0b:08'"]],
    changes: ['update neighbour 10.7.0.2 (02:00:00:00:0b:08) on a:vx: mac 02:00:00:00:0b:07 → 02:00:00:00:0b:08'],
    seen: ['a', 'ip neigh show dev vx', /lladdr 02:00:00:00:0b:08 PERMANENT/],
  },
  {
    keys: 'neighbor.to',
    edit: [['to: 10.7.0.2', 'to: 10.7.0.3']],
    changes: [
      'create neighbour 10.7.0.3 (02:00:00:00:0b:07) on a:vx',
      'remove neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:vx',
    ],
    seen: ['a', 'ip neigh show dev vx', /10\.7\.0\.3/],
  },
  {
    keys: 'neighbor.dev',
    edit: [['dev: vx }', 'dev: eth0 }']],
    changes: [
      'create neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:eth0',
      'remove neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:vx',
    ],
    seen: ['a', 'ip neigh show dev eth0 nud permanent', /10\.7\.0\.2/],
  },
  {
    keys: 'fdb.mac',
    edit: [["- { mac: '02:00:00:00:0b:07'", "- { mac: '02:00:00:00:0b:09'"]],
    changes: ['create fdb 02:00:00:00:0b:09 dst 10.0.0.2 on a:vx', 'remove fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx'],
    seen: ['a', 'bridge fdb show dev vx', /0b:09 dst 10\.0\.0\.2/],
  },
  {
    keys: 'fdb.dst',
    edit: [['dst: 10.0.0.2', 'dst: 10.0.0.4']],
    changes: ['create fdb 02:00:00:00:0b:07 dst 10.0.0.4 on a:vx', 'remove fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx'],
    seen: ['a', 'bridge fdb show dev vx', /0b:07 dst 10\.0\.0\.4/],
  },
  {
    keys: 'fdb.dev',
    edit: [['dev: vx, dst', 'dev: far, dst']],
    changes: [
      'create fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:far',
      'remove fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx',
    ],
    seen: ['a', 'bridge fdb show dev far', /0b:07 dst 10\.0\.0\.2/],
  },
  {
    keys: 'nat.masquerade.out',
    edit: [['masquerade: { out: eth0', 'masquerade: { out: eth2']],
    changes: [
      'update nat and firewall on a (6 rules): rule masquerade out eth0 from 10.3.0.0/24 → masquerade out eth2 from 10.3.0.0/24',
    ],
    seen: ['a', 'nft list ruleset', /oifname "eth2" .*masquerade/],
  },
  {
    keys: 'nat.masquerade.from nat.masquerade',
    edit: [['from: 10.3.0.0/24', 'from: 10.3.0.0/25']],
    changes: [
      'update nat and firewall on a (6 rules): rule masquerade out eth0 from 10.3.0.0/24 → masquerade out eth0 from 10.3.0.0/25',
    ],
    seen: ['a', 'nft list ruleset', /10\.3\.0\.0\/25 .*masquerade/],
  },
  {
    keys: 'nat.snat nat.snat.out',
    edit: [['snat: { out: eth1', 'snat: { out: eth2']],
    changes: [
      'update nat and firewall on a (6 rules): rule snat out eth1 from 10.4.0.0/24 to 10.1.0.1 → snat out eth2 from 10.4.0.0/24 to 10.1.0.1',
    ],
    seen: ['a', 'nft list ruleset', /oifname "eth2" .*snat/],
  },
  {
    keys: 'nat.snat.from',
    edit: [['from: 10.4.0.0/24', 'from: 10.4.0.0/25']],
    changes: [
      'update nat and firewall on a (6 rules): rule snat out eth1 from 10.4.0.0/24 to 10.1.0.1 → snat out eth1 from 10.4.0.0/25 to 10.1.0.1',
    ],
    seen: ['a', 'nft list ruleset', /10\.4\.0\.0\/25 .*snat/],
  },
  {
    keys: 'nat.snat.to',
    edit: [['to: 10.1.0.1 }', 'to: 10.1.0.5 }']],
    changes: [
      'update nat and firewall on a (6 rules): rule snat out eth1 from 10.4.0.0/24 to 10.1.0.1 → snat out eth1 from 10.4.0.0/24 to 10.1.0.5',
    ],
    seen: ['a', 'nft list ruleset', /snat ip to 10\.1\.0\.5/],
  },
  {
    keys: 'nat.dnat nat.dnat.in',
    edit: [['dnat: { in: eth0', 'dnat: { in: eth1']],
    changes: [
      'update nat and firewall on a (6 rules): rule dnat in eth0 dest 10.0.0.1 proto tcp port 8080 to 10.3.0.2:80 → dnat in eth1 dest 10.0.0.1 proto tcp port 8080 to 10.3.0.2:80',
    ],
    seen: ['a', 'nft list ruleset', /iifname "eth1" .*dnat/],
  },
  {
    keys: 'nat.dnat.dest',
    edit: [['dest: 10.0.0.1', 'dest: 10.0.0.5']],
    changes: [
      'update nat and firewall on a (6 rules): rule dnat in eth0 dest 10.0.0.1 proto tcp port 8080 to 10.3.0.2:80 → dnat in eth0 dest 10.0.0.5 proto tcp port 8080 to 10.3.0.2:80',
    ],
    seen: ['a', 'nft list ruleset', /daddr 10\.0\.0\.5 .*dnat/],
  },
  {
    keys: 'nat.dnat.proto',
    edit: [['proto: tcp, port: 8080', 'proto: udp, port: 8080']],
    changes: [
      'update nat and firewall on a (6 rules): rule dnat in eth0 dest 10.0.0.1 proto tcp port 8080 to 10.3.0.2:80 → dnat in eth0 dest 10.0.0.1 proto udp port 8080 to 10.3.0.2:80',
    ],
    seen: ['a', 'nft list ruleset', /udp dport 8080 .*dnat/],
  },
  {
    keys: 'nat.dnat.port',
    edit: [['port: 8080', 'port: 8081']],
    changes: [
      'update nat and firewall on a (6 rules): rule dnat in eth0 dest 10.0.0.1 proto tcp port 8080 to 10.3.0.2:80 → dnat in eth0 dest 10.0.0.1 proto tcp port 8081 to 10.3.0.2:80',
    ],
    seen: ['a', 'nft list ruleset', /dport 8081 .*dnat/],
  },
  {
    keys: 'nat.dnat.to',
    edit: [["'10.3.0.2:80'", "'10.3.0.9:80'"]],
    changes: [
      'update nat and firewall on a (6 rules): rule dnat in eth0 dest 10.0.0.1 proto tcp port 8080 to 10.3.0.2:80 → dnat in eth0 dest 10.0.0.1 proto tcp port 8080 to 10.3.0.9:80',
    ],
    seen: ['a', 'nft list ruleset', /10\.3\.0\.9/],
  },
  {
    keys: 'nat.redirect nat.redirect.in',
    edit: [['redirect: { in: eth1', 'redirect: { in: eth2']],
    changes: [
      'update nat and firewall on a (6 rules): rule redirect in eth1 proto udp port 53 to 5353 → redirect in eth2 proto udp port 53 to 5353',
    ],
    seen: ['a', 'nft list ruleset', /iifname "eth2" .*redirect/],
  },
  {
    keys: 'nat.redirect.proto',
    edit: [['proto: udp, port: 53', 'proto: tcp, port: 53']],
    changes: [
      'update nat and firewall on a (6 rules): rule redirect in eth1 proto udp port 53 to 5353 → redirect in eth1 proto tcp port 53 to 5353',
    ],
    seen: ['a', 'nft list ruleset', /tcp dport 53 .*redirect/],
  },
  {
    keys: 'nat.redirect.port',
    edit: [['port: 53,', 'port: 54,']],
    changes: [
      'update nat and firewall on a (6 rules): rule redirect in eth1 proto udp port 53 to 5353 → redirect in eth1 proto udp port 54 to 5353',
    ],
    seen: ['a', 'nft list ruleset', /dport 54 .*redirect/],
  },
  {
    keys: 'nat.redirect.to',
    edit: [['to: 5353', 'to: 5354']],
    changes: [
      'update nat and firewall on a (6 rules): rule redirect in eth1 proto udp port 53 to 5353 → redirect in eth1 proto udp port 53 to 5354',
    ],
    seen: ['a', 'nft list ruleset', /redirect to :5354/],
  },
  {
    keys: 'nat.publish nat.publish.proto',
    edit: [['publish: { proto: tcp', 'publish: { proto: udp']],
    changes: [
      'update nat and firewall on a (6 rules): rule publish proto tcp port 8443 to 10.3.0.3:443 hairpin 10.3.0.0/24 → publish proto udp port 8443 to 10.3.0.3:443 hairpin 10.3.0.0/24',
    ],
    seen: ['a', 'nft list ruleset', /udp dport 8443/],
  },
  {
    keys: 'nat.publish.port',
    edit: [['port: 8443', 'port: 8444']],
    changes: [
      'update nat and firewall on a (6 rules): rule publish proto tcp port 8443 to 10.3.0.3:443 hairpin 10.3.0.0/24 → publish proto tcp port 8444 to 10.3.0.3:443 hairpin 10.3.0.0/24',
    ],
    seen: ['a', 'nft list ruleset', /dport 8444/],
  },
  {
    keys: 'nat.publish.to',
    edit: [['10.3.0.3:443', '10.3.0.3:444']],
    changes: [
      'update nat and firewall on a (6 rules): rule publish proto tcp port 8443 to 10.3.0.3:443 hairpin 10.3.0.0/24 → publish proto tcp port 8443 to 10.3.0.3:444 hairpin 10.3.0.0/24',
    ],
    seen: ['a', 'nft list ruleset', /10\.3\.0\.3:444/],
  },
  {
    keys: 'node.firewall.input chain.policy',
    edit: [['policy: accept', 'policy: drop']],
    changes: ['update nat and firewall on a (6 rules): policy of input accept → drop'],
    seen: ['a', 'nft list ruleset', /hook input .* policy drop/],
  },
  {
    keys: 'chain.rules chain.rules.accept match.port',
    edit: [['port: 22', 'port: 23']],
    changes: [
      'update nat and firewall on a (6 rules): rule accept in eth0 proto tcp port 22 → accept in eth0 proto tcp port 23',
    ],
    seen: ['a', 'nft list ruleset', /dport 23 .*accept/],
  },
  {
    keys: 'chain.rules.drop',
    edit: [['accept: { in: eth0', 'drop: { in: eth0']],
    changes: [
      'update nat and firewall on a (6 rules): rule accept in eth0 proto tcp port 22 → drop in eth0 proto tcp port 22',
    ],
    seen: ['a', 'nft list ruleset', /dport 22 .*drop/],
  },
  {
    keys: 'match.in match.proto',
    edit: [['accept: { in: eth0, proto: tcp', 'accept: { in: eth1, proto: udp']],
    changes: [
      'update nat and firewall on a (6 rules): rule accept in eth0 proto tcp port 22 → accept in eth1 proto udp port 22',
    ],
    seen: ['a', 'nft list ruleset', /iifname "eth1" .*udp dport 22/],
  },
  {
    keys: 'node.firewall.forward match.from match.to match.source_port match.out chain.rules.reject match.with',
    edit: [
      [
        '      input: {',
        '      forward: { policy: accept, rules: [{ reject: { from: 10.8.0.0/16, to: 10.9.0.1, proto: tcp, source_port: 9, out: eth1, with: tcp-reset } }] }\n      input: {',
      ],
    ],
    changes: [
      'update nat and firewall on a (7 rules): policy of forward unset → accept: rule unset → reject out eth1 from 10.8.0.0/16 to 10.9.0.1/32 proto tcp source_port 9 with tcp-reset',
    ],
    seen: ['a', 'nft list ruleset', /saddr 10\.8\.0\.0\/16 .*sport 9 .*reject with tcp reset/],
  },
  {
    keys: 'node.firewall.output match.state match.counter match.comment chain.rules.return',
    edit: [
      [
        '      input: {',
        '      output: { policy: accept, rules: [{ return: { state: [new], counter: true, comment: hello } }] }\n      input: {',
      ],
    ],
    changes: [
      'update nat and firewall on a (7 rules): policy of output unset → accept: rule unset → return state new counter # hello',
    ],
    seen: ['a', 'nft list ruleset', /hook output/],
  },
  {
    keys: 'match.icmp_type match.log match.prefix chain.rules.log',
    edit: [
      [
        '      input: {',
        "      output: { policy: accept, rules: [{ accept: { proto: icmp, icmp_type: echo-request, log: 'seen ' } }, { log: { prefix: 'all ' } }] }\n      input: {",
      ],
    ],
    changes: [
      'update nat and firewall on a (8 rules): policy of output unset → accept: rule unset → accept proto icmp icmp_type echo-request log seen : rule unset → log prefix all ',
    ],
    seen: ['a', 'nft list ruleset', /echo-request/],
  },
  {
    keys: 'link.endpoints',
    edit: [["'a:p0', 'b:p0'", "'a:p0', 'b:p1'"]],
    changes: [
      'create link b:p1 (veth to a:p0)',
      'remove link b:p0 (veth to a:p0)',
      'replace link a:p0 (veth to b:p1): peer b:p0 → b:p1',
    ],
    disturbs: 'b:p0 goes with it',
    seen: ['b', 'ip link show dev p1', /state UP/],
    gone: [': p0'],
  },
  {
    keys: 'link.mtu',
    edit: [["'b:eth1'], mtu: 1500", "'b:eth1'], mtu: 1400"]],
    changes: [
      'update link a:eth1 (veth to b:eth1): mtu 1500 → 1400',
      'update link a:mv (macvlan): mtu 1500 → 1400',
      'update link b:eth1 (veth to a:eth1): mtu 1500 → 1400',
    ],
    seen: ['b', 'ip link show dev eth1', /mtu 1400/],
  },
  {
    keys: 'link.subnet',
    edit: [['subnet: 10.6.1.0/30', 'subnet: 10.6.2.0/30']],
    changes: [
      'create address 10.6.2.1/30 on a:q0',
      'create address 10.6.2.2/30 on b:q0',
      'remove address 10.6.1.1/30 on a:q0',
      'remove address 10.6.1.2/30 on b:q0',
    ],
    seen: ['b', 'ip address show dev q0', /10\.6\.2\.2\/30/],
    gone: ['inet 10.6.1.1/30', 'inet 10.6.1.2/30'],
  },
  {
    keys: 'bridge.subnet',
    edit: [['subnet: 10.2.0.0/24', 'subnet: 10.2.0.0/25']],
    changes: [
      'create address 10.2.0.1/25 on a:eth2',
      'create address 10.2.0.2/25 on b:eth2',
      'remove address 10.2.0.1/24 on a:eth2',
      'remove address 10.2.0.2/24 on b:eth2',
    ],
    seen: ['b', 'ip address show dev eth2', /10\.2\.0\.2\/25/],
    gone: ['inet 10.2.0.1/24', 'inet 10.2.0.2/24'],
  },
  {
    keys: 'bridge.stp',
    edit: [['10.2.0.0/24, stp: false', '10.2.0.0/24, stp: true']],
    changes: ['update link lan:lan (bridge): stp false → true'],
    seen: ['lan', 'ip -d link show dev lan', /stp_state 1/],
  },
  {
    keys: 'bridge.mtu',
    edit: [['stp: false, mtu: 1500', 'stp: false, mtu: 1400']],
    changes: [
      'update link a:eth2 (veth to lan:a): mtu 1500 → 1400',
      'update link b:eth2 (veth to lan:b): mtu 1500 → 1400',
      'update link lan:a (veth to a:eth2): mtu 1500 → 1400',
      'update link lan:b (veth to b:eth2): mtu 1500 → 1400',
      'update link lan:lan (bridge): mtu 1500 → 1400',
    ],
    seen: ['lan', 'ip link show dev lan', /mtu 1400/],
  },
  {
    keys: 'bridge.ports',
    edit: [["ports: ['a:eth2', 'b:eth2']", "ports: ['a:eth2', 'b:eth2', 'b:eth3']"]],
    changes: [
      'create address 10.2.0.2/24 on b:eth2',
      'create address 10.2.0.3/24 on b:eth3',
      'create link b:eth3 (veth to lan:b-eth3)',
      'create link lan:b-eth2 (veth to b:eth2)',
      'create link lan:b-eth3 (veth to b:eth3)',
      'remove link lan:b (veth to b:eth2)',
      'replace link b:eth2 (veth to lan:b-eth2): peer lan:b → lan:b-eth2',
    ],
    disturbs: 'lan:b goes with it; addresses of it are put back',
    seen: ['b', 'ip address show dev eth3', /10\.2\.0\.3/],
    gone: ['inet 10.2.0.2/24', ': eth2', ': b'],
  },
  {
    keys: 'bridge.ports',
    edit: [["ports: ['a:eth2', 'b:eth2']", "ports: ['a:eth2', 'b:eth2', 'c:eth0']"]],
    changes: [
      'create address 10.2.0.3/24 on c:eth0',
      'create link c:eth0 (veth to lan:c)',
      'create link lan:c (veth to c:eth0)',
    ],
    seen: ['c', 'ip address show dev eth0', /10\.2\.0\.3/],
  },
];
