import assert from 'node:assert/strict';

import { assertPing, ifindexes, ipJson, netnsOf } from '../../support/index.ts';
import { describeEdits } from './bench.ts';

interface Device {
  readonly ifname: string;
  readonly mtu: number;
  readonly address: string;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly linkinfo?: { readonly info_data?: Readonly<Record<string, unknown>> };
}

function device(lab: string, node: string, name: string): Device {
  const found = ipJson<Device>(lab, node, 'link').find(({ ifname }) => ifname === name);
  assert.ok(found, `${node} has no ${name}`);
  return found;
}

describeEdits('edits: links, in place', {
  'an MTU': {
    edit: [
      ['eth1: { mtu: 1400 }', 'eth1: { mtu: 1300 }'],
      ['[10.1.0.2/24], mtu: 1400', '[10.1.0.2/24], mtu: 1300'],
    ],
    // The bridge follows its port, as the kernel's own do.
    changes: [
      'update link a:eth1 (veth to c:eth0): mtu 1400 → 1300',
      'update link c:eth0 (veth to a:eth1): mtu 1400 → 1300',
      'update link a:br0 (bridge): mtu 1400 → 1300',
    ],
    kernel(lab) {
      assert.deepEqual(
        [device(lab, 'a', 'eth1').mtu, device(lab, 'c', 'eth0').mtu, device(lab, 'a', 'br0').mtu],
        [1300, 1300, 1300],
      );
      assertPing(lab, 'c', '10.1.0.1', '-M', 'do', '-s', '1272');
    },
  },
  'a MAC address': {
    edit: [["mac: '02:00:00:00:0a:00'", "mac: '02:00:00:00:0a:01'"]],
    changes: [
      'update link a:eth0 (veth to b:eth0): mac 02:00:00:00:0a:00 → 02:00:00:00:0a:01',
      // The link-local address is made of the MAC address.
      'remove address fe80::ff:fe00:a00/64 on a:eth0',
      'create address fe80::ff:fe00:a01/64 on a:eth0',
    ],
    kernel(lab) {
      assert.equal(device(lab, 'a', 'eth0').address, '02:00:00:00:0a:01');
      assertPing(lab, 'b', '10.0.0.1');
    },
  },
  'a link end that shall be down': {
    edit: [['[10.1.0.2/24], mtu: 1400', '[10.1.0.2/24], mtu: 1400, up: false']],
    changes: ['update link c:eth0 (veth to a:eth1): up true → false'],
    kernel(lab) {
      assert.ok(!device(lab, 'c', 'eth0').flags.includes('UP'));
      assert.ok(device(lab, 'a', 'eth1').flags.includes('NO-CARRIER'));
    },
  },
  'a port that moves to another bridge of its node': {
    edit: [
      ['br0: { type: bridge, ports: [eth1]', 'br0: { type: bridge, ports: []'],
      ['br1: { type: bridge, ports: []', 'br1: { type: bridge, ports: [eth1]'],
    ],
    changes: [
      'update link a:eth1 (veth to c:eth0): master br0 → br1',
      'update link a:br0 (bridge): mtu 1400 → 1500',
      'update link a:br1 (bridge): mtu 1500 → 1400',
    ],
    kernel(lab) {
      assert.equal(device(lab, 'a', 'eth1').master, 'br1');
      assert.deepEqual([device(lab, 'a', 'br0').mtu, device(lab, 'a', 'br1').mtu], [1500, 1400]);
    },
  },
  'a port that leaves its bridge': {
    edit: [['br0: { type: bridge, ports: [eth1]', 'br0: { type: bridge, ports: []']],
    changes: ['update link a:eth1 (veth to c:eth0): master br0 → unset', 'update link a:br0 (bridge): mtu 1400 → 1500'],
    kernel: (lab) => assert.equal(device(lab, 'a', 'eth1').master, undefined),
  },
  "a bridge's spanning tree": {
    edit: [['subnet: 10.2.0.0/24 }', 'subnet: 10.2.0.0/24, stp: true }']],
    changes: ['update link lan:lan (bridge): stp false → true'],
    kernel: (lab) => assert.equal(device(lab, 'lan', 'lan').linkinfo?.info_data?.['stp_state'], 1),
  },
});

describeEdits('edits: links that come and go', {
  'a new link': {
    edit: [
      [
        "  - ['a:eth1', 'c:eth0']",
        "  - ['a:eth1', 'c:eth0']\n  - { endpoints: ['b:eth9', 'c:eth9'], subnet: 10.9.0.0/30 }",
      ],
    ],
    changes: [
      'create link b:eth9 (veth to c:eth9)',
      'create link c:eth9 (veth to b:eth9)',
      'create address 10.9.0.1/30 on b:eth9',
      'create address 10.9.0.2/30 on c:eth9',
    ],
    links: ['b:eth9', 'c:eth9'],
    kernel: (lab) => assertPing(lab, 'b', '10.9.0.2'),
  },
  'a link less': {
    edit: [
      ["\n  - ['a:eth1', 'c:eth0']", ''],
      ['      eth1: { mtu: 1400 }\n', ''],
      ['br0: { type: bridge, ports: [eth1]', 'br0: { type: bridge, ports: []'],
      ['    interfaces:\n      eth0: { addresses: [10.1.0.2/24], mtu: 1400 }', '    forwarding: false'],
    ],
    changes: [
      'remove address 10.1.0.2/24 on c:eth0',
      'remove link a:eth1 (veth to c:eth0)',
      'remove link c:eth0 (veth to a:eth1)',
      'update link a:br0 (bridge): mtu 1400 → 1500',
    ],
    links: ['a:eth1', 'c:eth0'],
    kernel(lab) {
      const names = Object.keys(ifindexes(lab));
      assert.ok(!names.includes('a:eth1') && !names.includes('c:eth0'), names.join(' '));
    },
  },
  'a link that leads to another node': {
    edit: [
      ["['a:eth1', 'c:eth0']", "['a:eth1', 'd:eth1']"],
      ['    interfaces:\n      eth0: { addresses: [10.1.0.2/24], mtu: 1400 }', '    forwarding: false'],
      [
        '    isolation: [net]',
        '    isolation: [net]\n    interfaces:\n      eth1: { addresses: [10.1.0.2/24], mtu: 1400 }',
      ],
    ],
    changes: [
      'remove address 10.1.0.2/24 on c:eth0',
      'remove link c:eth0 (veth to a:eth1)',
      'replace link a:eth1 (veth to d:eth1): peer c:eth0 → d:eth1',
      'create link d:eth1 (veth to a:eth1)',
      'create address 10.1.0.2/24 on d:eth1',
    ],
    links: ['a:eth1', 'c:eth0', 'd:eth1'],
    kernel: (lab) => assertPing(lab, 'd', '10.1.0.1'),
  },
  'a port more on a bridge': {
    edit: [["ports: ['b:eth1', 'c:eth1', 'd:eth0']", "ports: ['b:eth1', 'c:eth1', 'd:eth0', 'a:eth2']"]],
    changes: [
      'create link a:eth2 (veth to lan:a)',
      'create link lan:a (veth to a:eth2)',
      'create address 10.2.0.4/24 on a:eth2',
    ],
    links: ['a:eth2', 'lan:a'],
    kernel(lab) {
      for (const address of ['10.2.0.1', '10.2.0.2', '10.2.0.3']) assertPing(lab, 'a', address);
    },
  },
  'a node more': {
    edit: [
      [
        '\nbridges:',
        "\n  e:\n    forwarding: true\n    processes:\n      five: { command: [sleep, '10005'] }\nbridges:",
      ],
      ["'d:eth0'], subnet", "'d:eth0', 'e:eth0'], subnet"],
    ],
    changes: [
      'create node e',
      'create link e:lo (loopback)',
      'create link e:eth0 (veth to lan:e)',
      'create link lan:e (veth to e:eth0)',
      'create address 10.2.0.4/24 on e:eth0',
      'create sysctl net.ipv4.ip_forward = 1 on e',
      'create sysctl net.ipv6.conf.all.forwarding = 1 on e',
      'create process e/five',
    ],
    links: ['e:lo', 'e:eth0', 'lan:e'],
    processes: ['sleep 10005', 'netlab-init node LAB.e'],
    kernel(lab) {
      assert.deepEqual(netnsOf(lab), ['a', 'b', 'c', 'd', 'e', 'lan']);
      assertPing(lab, 'e', '10.2.0.1');
    },
  },
  'a node less': {
    edit: [
      ["  d:\n    isolation: [net]\n    processes:\n      four: { command: [sleep, '10004'] }\n", ''],
      [", 'd:eth0'], subnet", '], subnet'],
    ],
    changes: [
      'remove process d/four',
      'remove address 10.2.0.3/24 on d:eth0',
      'remove link d:eth0 (veth to lan:d)',
      'remove link lan:d (veth to d:eth0)',
      'remove node d',
    ],
    links: ['d:lo', 'd:eth0', 'lan:d'],
    processes: ['sleep 10004'],
    kernel: (lab) => assert.deepEqual(netnsOf(lab), ['a', 'b', 'c', 'lan']),
  },
  'a VXLAN of another number, made anew with all that stands on it': {
    edit: [['id: 7,', 'id: 8,']],
    changes: [
      'replace link a:vx0 (vxlan): vxlan id 7 → 8',
      'create address 10.7.0.1/24 on a:vx0',
      'create neighbour 10.7.0.2 (02:00:00:00:0b:07) on a:vx0',
      'create fdb 02:00:00:00:0b:07 dst 10.0.0.2 on a:vx0',
      'create route 10.70.0.0/16 via 10.7.0.2 dev vx0 onlink on a',
    ],
    links: ['a:vx0'],
    kernel(lab) {
      assert.equal(device(lab, 'a', 'vx0').linkinfo?.info_data?.['id'], 8);
      assert.deepEqual(
        ipJson(lab, 'a', 'neigh', 'show', 'dev', 'vx0').map(({ dst }) => dst),
        ['10.7.0.2'],
      );
      assert.equal(ipJson(lab, 'a', 'route', 'show', '10.70.0.0/16')[0]?.['dev'], 'vx0');
    },
  },
});
