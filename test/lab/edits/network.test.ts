import assert from 'node:assert/strict';

import { addresses, assertPing, fdb, ifindexes, inNode, ipJson, ruleset, sysctl } from '../../support/index.ts';
import { describeEdits } from './bench.ts';

/** `ip route show PREFIX` in `a`. */
function routes(lab: string, prefix: string, ...options: readonly string[]): Record<string, unknown>[] {
  return ipJson(lab, 'a', ...options, 'route', 'show', prefix);
}

/** The rules of a's tables as one text. */
const rules = (lab: string): string => JSON.stringify(ruleset(lab, 'a'));

describeEdits('edits: addresses', {
  'one more': {
    edit: [['[10.1.0.1/24]', '[10.1.0.1/24, 10.1.5.1/24]']],
    changes: ['create address 10.1.5.1/24 on a:br0'],
    kernel: (lab) => assert.deepEqual(addresses(lab, 'a')['br0'], ['10.1.0.1/24', '10.1.5.1/24']),
  },
  'one changed': {
    edit: [['[10.255.0.1/32]', '[10.255.0.2/32]']],
    changes: ['remove address 10.255.0.1/32 on a:lo', 'create address 10.255.0.2/32 on a:lo'],
    kernel: (lab) => assert.deepEqual(addresses(lab, 'a')['lo'], ['127.0.0.1/8', '10.255.0.2/32', '::1/128']),
  },
  'one that gets another prefix length': {
    edit: [['[10.3.0.1/24]', '[10.3.0.1/16]']],
    changes: ['remove address 10.3.0.1/24 on a:br1', 'create address 10.3.0.1/16 on a:br1'],
    kernel: (lab) => assert.deepEqual(addresses(lab, 'a')['br1'], ['10.3.0.1/16']),
  },
  'one less, and the link is quiet': {
    edit: [['br1: { type: bridge, ports: [], addresses: [10.3.0.1/24] }', 'br1: { type: bridge, ports: [] }']],
    changes: ['remove address 10.3.0.1/24 on a:br1'],
    kernel: (lab) => assert.deepEqual(addresses(lab, 'a')['br1'], []),
  },
  'the first one goes, whose routes the kernel takes with it, and the others stay': {
    edit: [
      ['eth0: { addresses: [10.0.0.1/24, ', 'eth0: { addresses: [10.0.0.11/24, '],
      ['local: 10.0.0.1,', 'local: 10.0.0.11,'],
    ],
    changes: [
      'create address 10.0.0.11/24 on a:eth0',
      'remove address 10.0.0.1/24 on a:eth0',
      'update route 10.20.0.0/16 via 10.0.0.2 dev eth0 on a',
      'update route 10.30.0.0/16 via 10.0.0.2 dev eth0 metric 50 on a',
      'update link a:vx0 (vxlan): vxlan local 10.0.0.1 → 10.0.0.11',
    ],
    kernel(lab) {
      assert.deepEqual(addresses(lab, 'a')['eth0'], ['10.0.0.11/24', 'fd00::1/64']);
      assert.equal(routes(lab, '10.20.0.0/16')[0]?.['gateway'], '10.0.0.2');
      assert.equal(routes(lab, '10.30.0.0/16')[0]?.['gateway'], '10.0.0.2');
      assertPing(lab, 'b', '10.0.0.11');
    },
  },
  'an IPv6 one where there was none': {
    edit: [['[10.1.0.1/24]', "[10.1.0.1/24, 'fd01::1/64']"]],
    changes: ['create address fd01::1/64 on a:br0', 'create address fe80::ff:fe00:ab0/64 on a:br0'],
    kernel(lab) {
      assert.deepEqual(addresses(lab, 'a')['br0'], ['10.1.0.1/24', 'fd01::1/64']);
      const local = inNode(lab, 'a', ['ip', '-6', 'addr', 'show', 'dev', 'br0', 'scope', 'link', 'tentative']);
      assert.equal(local.stdout, '', 'no address waits for duplicate address detection');
    },
  },
});

describeEdits('edits: routes, rules, neighbours', {
  "a route's gateway": {
    edit: [['{ to: 10.20.0.0/16, via: 10.0.0.2 }', '{ to: 10.20.0.0/16, via: 10.0.0.3 }']],
    changes: [
      'update route 10.20.0.0/16 via 10.0.0.3 dev eth0 on a: nexthops via 10.0.0.2 dev eth0 → via 10.0.0.3 dev eth0',
    ],
    kernel: (lab) =>
      assert.deepEqual(
        routes(lab, '10.20.0.0/16').map(({ gateway }) => gateway),
        ['10.0.0.3'],
      ),
  },
  "a route's metric": {
    edit: [['metric: 50', 'metric: 60']],
    changes: [
      'create route 10.30.0.0/16 via 10.0.0.2 dev eth0 metric 60 on a',
      'remove route 10.30.0.0/16 via 10.0.0.2 dev eth0 metric 50 on a',
    ],
    kernel: (lab) =>
      assert.deepEqual(
        routes(lab, '10.30.0.0/16').map(({ metric }) => metric),
        [60],
      ),
  },
  "an IPv6 route's gateway": {
    edit: [["via: 'fd00::2' }", "via: 'fd00::3' }"]],
    changes: [
      'update route fd00:20::/64 via fd00::3 dev eth0 on a: nexthops via fd00::2 dev eth0 → via fd00::3 dev eth0',
    ],
    kernel: (lab) =>
      assert.deepEqual(
        routes(lab, 'fd00:20::/64', '-6').map(({ gateway }) => gateway),
        ['fd00::3'],
      ),
  },
  'a route that becomes multipath': {
    edit: [
      [
        '{ to: 10.20.0.0/16, via: 10.0.0.2 }',
        '{ to: 10.20.0.0/16, nexthops: [{ via: 10.0.0.2 }, { via: 10.1.0.2, weight: 2 }] }',
      ],
    ],
    changes: [
      'update route 10.20.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 1 nexthop via 10.1.0.2 dev br0 weight 2 on a: nexthops via 10.0.0.2 dev eth0 → via 10.0.0.2 dev eth0 weight 1, via 10.1.0.2 dev br0 weight 2',
    ],
    kernel(lab) {
      const hops = routes(lab, '10.20.0.0/16')[0]?.['nexthops'] as { gateway: string; weight: number }[];
      assert.deepEqual(
        hops.map(({ gateway, weight }) => [gateway, weight]),
        [
          ['10.0.0.2', 1],
          ['10.1.0.2', 2],
        ],
      );
    },
  },
  "a route's type": {
    edit: [['type: blackhole', 'type: prohibit']],
    changes: ['update prohibit route 10.40.0.0/16 on a: type blackhole → prohibit'],
    kernel: (lab) =>
      assert.deepEqual(
        routes(lab, '10.40.0.0/16').map(({ type }) => type),
        ['prohibit'],
      ),
  },
  'a route less': {
    edit: [['      - { to: 10.20.0.0/16, via: 10.0.0.2 }\n', '']],
    changes: ['remove route 10.20.0.0/16 via 10.0.0.2 dev eth0 on a'],
    kernel: (lab) => assert.deepEqual(routes(lab, '10.20.0.0/16'), []),
  },
  'a route more': {
    edit: [['      - { to: 10.40.0.0/16', '      - { to: default, via: 10.0.0.2 }\n      - { to: 10.40.0.0/16']],
    changes: ['create route default via 10.0.0.2 dev eth0 on a'],
    kernel: (lab) => assert.equal(routes(lab, 'default')[0]?.['gateway'], '10.0.0.2'),
  },
  "a rule's table": {
    edit: [['table: 100', 'table: 101']],
    changes: [
      'create rule priority 1000 from 10.99.0.0/16 lookup 101 on a',
      'remove rule priority 1000 from 10.99.0.0/16 lookup 100 on a',
    ],
    kernel(lab) {
      const own = ipJson(lab, 'a', 'rule').filter(({ priority }) => priority === 1000);
      assert.deepEqual(
        own.map(({ src, table }) => [src, table]),
        [['10.99.0.0', '101']],
      );
    },
  },
  "a neighbour's and a forwarding entry's MAC address": {
    edit: [
      ["to: 10.7.0.2, mac: '02:00:00:00:0b:07'", "to: 10.7.0.2, mac: '02:00:00:00:0b:08'"],
      ["- { mac: '02:00:00:00:0b:07', dev: vx0, dst", "- { mac: '02:00:00:00:0b:08', dev: vx0, dst"],
    ],
    changes: [
      'create fdb 02:00:00:00:0b:08 dst 10.0.0.2 on a:vx0',
      'remove fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx0',
      'update neighbour 10.7.0.2 (02:00:00:00:0b:08) on a:vx0: mac 02:00:00:00:0b:07 → 02:00:00:00:0b:08',
    ],
    kernel(lab) {
      const [neighbour] = ipJson(lab, 'a', 'neigh', 'show', 'dev', 'vx0');
      assert.equal(neighbour?.['lladdr'], '02:00:00:00:0b:08');
      assert.deepEqual(
        fdb(lab, 'a').flatMap(({ ifname, mac, dst }) => (ifname === 'vx0' && dst === '10.0.0.2' ? [mac] : [])),
        ['02:00:00:00:0b:08'],
      );
    },
  },
  "a forwarding entry's destination": {
    edit: [['dst: 10.0.0.2', 'dst: 10.0.0.3']],
    changes: [
      'create fdb 02:00:00:00:0b:07 dst 10.0.0.3 on a:vx0',
      'remove fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx0',
    ],
    kernel(lab) {
      assert.deepEqual(
        fdb(lab, 'a').flatMap(({ ifname, mac, dst }) => (ifname === 'vx0' && mac === '02:00:00:00:0b:07' ? [dst] : [])),
        ['10.0.0.3'],
      );
    },
  },
});

describeEdits('edits: NAT', {
  "a rule's port": {
    edit: [['port: 8080', 'port: 8081']],
    changes: [
      'update nat on a (2 rules): rule dnat in eth0 proto tcp port 8080 to 10.1.0.2:80 → dnat in eth0 proto tcp port 8081 to 10.1.0.2:80',
    ],
    kernel: (lab) => assert.ok(rules(lab).includes('8081') && !rules(lab).includes('8080')),
  },
  'a rule more': {
    edit: [['    nat:\n', '    nat:\n      - snat: { out: eth0, from: 10.2.0.0/24, to: 10.0.0.1 }\n']],
    changes: ['update nat on a (3 rules): rule unset → snat out eth0 from 10.2.0.0/24 to 10.0.0.1'],
    kernel: (lab) => assert.match(rules(lab), /"snat"/),
  },
  'no NAT any more': {
    edit: [
      [
        "    nat:\n      - masquerade: { out: eth0, from: 10.1.0.0/24 }\n      - dnat: { in: eth0, proto: tcp, port: 8080, to: '10.1.0.2:80' }\n",
        '',
      ],
    ],
    changes: ['remove nat on a (2 rules)'],
    kernel: (lab) => assert.ok(!rules(lab).includes('"table"'), rules(lab)),
  },
  'NAT on a node that had none': {
    edit: [['    isolation: [net]\n', '    isolation: [net]\n    nat: [{ masquerade: { out: eth0 } }]\n']],
    changes: ['create nat on d (1 rule)'],
    kernel: (lab) => assert.match(JSON.stringify(ruleset(lab, 'd')), /"masquerade"/),
  },
});

describeEdits('edits: sysctls', {
  'a value': {
    edit: [['net.ipv4.ip_default_ttl: 33', 'net.ipv4.ip_default_ttl: 44']],
    changes: ['update sysctl net.ipv4.ip_default_ttl = 44 on a: value 33 → 44'],
    kernel: (lab) => assert.equal(sysctl(lab, 'a', 'net.ipv4.ip_default_ttl'), '44'),
  },
  'one less, which goes back to what a fresh namespace has': {
    edit: [
      ['      net.ipv4.ip_default_ttl: 33\n', ''],
      ['net.ipv4.conf.eth0.rp_filter: 2', 'net.ipv4.conf.eth0.arp_announce: 0'],
    ],
    changes: ['remove sysctl net.ipv4.conf.eth0.rp_filter = 2 on a', 'remove sysctl net.ipv4.ip_default_ttl = 33 on a'],
    kernel(lab) {
      assert.equal(sysctl(lab, 'a', 'net.ipv4.ip_default_ttl'), '64');
      assert.equal(sysctl(lab, 'a', 'net.ipv4.conf.eth0.rp_filter'), sysctl(lab, 'b', 'net.ipv4.conf.eth0.rp_filter'));
    },
  },
  'one more': {
    edit: [['      net.ipv4.ip_default_ttl: 33\n', '      net.ipv4.ip_default_ttl: 33\n      net.ipv4.tcp_ecn: 1\n']],
    changes: ['update sysctl net.ipv4.tcp_ecn = 1 on a: value 2 → 1'],
    kernel(lab) {
      assert.equal(sysctl(lab, 'a', 'net.ipv4.tcp_ecn'), '1');
      assert.notEqual(sysctl(lab, 'b', 'net.ipv4.tcp_ecn'), '1');
    },
  },
  forwarding: {
    edit: [['    forwarding: true\n', '    forwarding: { ipv4: true, ipv6: false }\n']],
    changes: ['update sysctl net.ipv6.conf.all.forwarding = 0 on a: value 1 → 0'],
    kernel(lab) {
      assert.equal(sysctl(lab, 'a', 'net.ipv4.ip_forward'), '1');
      assert.equal(sysctl(lab, 'a', 'net.ipv6.conf.all.forwarding'), '0');
    },
  },
});

describeEdits('edits: several at once, all over the lab', {
  'addresses, MTU, routes and a process': {
    edit: [
      ['[10.255.0.1/32]', '[10.255.0.9/32]'],
      ['[10.0.0.2/24, ', '[10.0.0.2/24, 10.0.0.22/24, '],
      ['metric: 50', 'metric: 51'],
      ["four: { command: [sleep, '10004'] }", "four: { command: [sleep, '10044'] }"],
    ],
    changes: [
      'create address 10.0.0.22/24 on b:eth0',
      'create address 10.255.0.9/32 on a:lo',
      'create route 10.30.0.0/16 via 10.0.0.2 dev eth0 metric 51 on a',
      'remove address 10.255.0.1/32 on a:lo',
      'remove route 10.30.0.0/16 via 10.0.0.2 dev eth0 metric 50 on a',
      'update process d/four: command sleep 10004 → sleep 10044',
    ],
    processes: ['sleep 10004', 'sleep 10044'],
    kernel(lab) {
      assertPing(lab, 'a', '10.0.0.22');
      assert.ok(Object.keys(ifindexes(lab)).length > 0);
    },
  },
});
