/** The lab that faults strike, and what it is edited into: one of each kind comes, goes, changes in place and is made anew. */
import { has } from '../../support/index.ts';

const MACVLAN = has('macvlan');

/** What the lab is before. */
export const BEFORE = `
nodes:
  host:
    forwarding: { ipv4: true }
    interfaces: { fh0: { type: bridge, ports: [fh1], addresses: [10.77.0.1/24] } }
    routes: [{ to: 10.78.0.0/16, via: 10.77.0.2 }]
    nat: [{ masquerade: { out: eth0, from: 10.77.0.0/24 } }]
  a:
    forwarding: true
    sysctls: { net.ipv4.ip_default_ttl: 33, net.ipv4.conf.eth0.rp_filter: 2 }
    interfaces:
      eth0: { addresses: [10.0.0.1/24, 10.0.0.3/24, 'fd00::1/64'], mac: '02:00:00:00:0a:00' }
      eth1: { mtu: 1400 }
      eth2: { addresses: [10.77.0.2/24] }
      br0: { type: bridge, ports: [eth1], addresses: [10.1.0.1/24] }
      vx0: { type: vxlan, id: 7, link: eth0, local: 10.0.0.1, port: 4789, learning: false, addresses: [10.7.0.1/24] }
${MACVLAN ? '      mv0: { type: macvlan, link: eth2, mode: private, addresses: [10.6.0.1/24] }' : ''}
      m1: { addresses: [10.11.0.1/24] }
      m2: { addresses: [10.12.0.1/24] }
    routes:
      - { to: 10.20.0.0/16, via: 10.0.0.2 }
      - { to: 10.30.0.0/16, via: 10.0.0.2, metric: 50 }
      - { to: 'fd00:20::/64', via: 'fd00::2' }
      - { to: 10.40.0.0/16, type: blackhole }
      - { to: 10.80.0.0/16, nexthops: [{ via: 10.11.0.2 }, { via: 10.12.0.2 }] }
    rules: [{ from: 10.99.0.0/16, table: 100, priority: 1000 }, { from: 10.98.0.0/16, table: 100, priority: 1001 }]
    neighbors: [{ to: 10.7.0.2, mac: '02:00:00:00:0b:07', dev: vx0 }]
    fdb: [{ mac: '02:00:00:00:0b:07', dev: vx0, dst: 10.0.0.2 }]
    nat:
      - masquerade: { out: eth0, from: 10.1.0.0/24 }
      - dnat: { in: eth0, proto: tcp, port: 8080, to: '10.1.0.2:80' }
    files: { /etc/motd: "hello\\n", /etc/faults/one: "1\\n" }
    processes:
      stays: { command: [sleep, '20001'], restart: on-failure }
      changes: { command: [sleep, '20002'], env: { MARK: before }, ready: { command: ['true'] } }
      kept: { command: [sleep, '20003'], restart: 'no' }
      goes: { command: [sleep, '20004'] }
  b:
    interfaces: { eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'] } }
    nftables: |
      table ip mine { chain c { type filter hook input priority 0; ip saddr 10.9.9.9 drop; }; }
    processes: { web: { command: [sleep, '20005'] } }
  c:
    interfaces: { eth0: { addresses: [10.1.0.2/24], mtu: 1400 } }
    firewall: { input: { policy: drop, rules: [{ accept: { state: [established, related] } }, { accept: { proto: icmp } }] } }
  d:
    isolation: [net]
    interfaces: { m1: { addresses: [10.11.0.2/24] }, m2: { addresses: [10.12.0.2/24] } }
    processes: { bare: { command: [sleep, '20006'], restart: always } }
  old:
    interfaces: { eth0: {} }
    files: { /etc/motd: "old\\n" }
    processes: { last: { command: [sleep, '20007'] } }
bridges:
  lan: { ports: ['b:eth1', 'c:eth1', 'd:eth0', 'old:eth0'], subnet: 10.2.0.0/24 }
links:
  - ['a:eth0', 'b:eth0']
  - ['a:eth1', 'c:eth0']
  - ['a:m1', 'd:m1']
  - ['a:m2', 'd:m2']
  - ['a:eth2', 'host:fh1']
`;

/** What it becomes. */
export const AFTER = `
nodes:
  host:
    forwarding: { ipv4: true }
    interfaces: { fh0: { type: bridge, ports: [fh1, fh2], addresses: [10.77.0.3/24] } }
    routes: [{ to: 10.79.0.0/16, via: 10.77.0.2 }]
    nat: [{ masquerade: { out: eth0, from: 10.77.0.0/16 } }]
  a:
    forwarding: true
    sysctls: { net.ipv4.ip_default_ttl: 34, net.ipv4.conf.eth0.rp_filter: 1, net.ipv4.conf.eth0.accept_redirects: 0 }
    interfaces:
      eth0: { addresses: [10.0.0.3/24, 10.0.0.1/24, 'fd00::1/64'], mac: '02:00:00:00:0a:01' }
      eth1: { mtu: 1300 }
      eth2: { addresses: [10.77.0.2/24] }
      br0: { type: bridge, ports: [eth1], stp: true, addresses: [10.1.0.1/24] }
      br1: { type: bridge, ports: [] }
      vx0: { type: vxlan, id: 8, link: eth0, local: 10.0.0.1, port: 4789, learning: false, addresses: [10.7.0.1/24] }
${MACVLAN ? '      mv0: { type: macvlan, link: eth2, mode: bridge, addresses: [10.6.0.2/24] }' : ''}
      m1: { addresses: [10.11.0.1/24] }
    routes:
      - { to: 10.20.0.0/16, via: 10.0.0.4 }
      - { to: 10.30.0.0/16, via: 10.0.0.2, metric: 60 }
      - { to: 'fd00:21::/64', via: 'fd00::2' }
      - { to: 10.40.0.0/16, type: unreachable }
      - { to: 10.80.0.0/16, via: 10.11.0.2 }
    rules: [{ from: 10.99.0.0/16, table: 101, priority: 1000 }, { from: 10.97.0.0/16, table: 100, priority: 1002 }]
    neighbors: [{ to: 10.7.0.2, mac: '02:00:00:00:0b:08', dev: vx0 }]
    fdb: [{ mac: '02:00:00:00:0b:07', dev: vx0, dst: 10.0.0.5 }]
    nat:
      - masquerade: { out: eth0, from: 10.1.0.0/25 }
      - dnat: { in: eth0, proto: tcp, port: 8081, to: '10.1.0.2:80' }
    files: { /etc/motd: "good day\\n", /etc/faults/two: "2\\n" }
    processes:
      stays: { command: [sleep, '20001'], restart: on-failure }
      changes: { command: [sleep, '20002'], env: { MARK: after }, ready: { command: ['true'] } }
      kept: { command: [sleep, '20003'], restart: always }
      comes: { command: [sleep, '20014'] }
  b:
    hostname: bee
    isolation: [net, uts, mnt, pid]
    interfaces: { eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'] } }
    nftables: |
      table ip mine { chain c { type filter hook input priority 0; ip saddr 10.9.9.8 drop; }; }
    processes: { web: { command: [sleep, '20005'] } }
  c:
    interfaces: { eth0: { addresses: [10.1.0.2/24], mtu: 1300 } }
    firewall: { input: { policy: drop, rules: [{ accept: { proto: icmp } }] } }
  d:
    isolation: [net]
    interfaces: { m1: { addresses: [10.11.0.2/24] } }
    processes: { bare: { command: [sleep, '20016'], restart: always } }
  new:
    interfaces: { eth0: {}, eth1: { addresses: [10.77.0.4/24] } }
    sysctls: { net.ipv4.ip_default_ttl: 35 }
    files: { /etc/motd: "new\\n" }
    setup: ['true']
    processes: { first: { command: [sleep, '20017'] } }
bridges:
  lan: { ports: ['b:eth1', 'c:eth1', 'd:eth0', 'new:eth0'], subnet: 10.2.0.0/24, stp: true }
links:
  - ['a:eth0', 'b:eth0']
  - ['a:eth1', 'c:eth0']
  - ['a:m1', 'd:m1']
  - ['a:eth2', 'host:fh1']
  - ['new:eth1', 'host:fh2']
`;
