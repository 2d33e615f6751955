/**
 * Every kind of interface: made from a file, seen by ip, used, edited in place or made anew, and never touched without need. What
 * this kernel lacks is skipped by name; a stock kernel has them all.
 */
import assert from 'node:assert/strict';

import type { Resource } from '../../../src/model/resource.ts';
import { describe as inWords } from '../../../src/resource/index.ts';
import { loadTopologyText } from '../../../src/topology/load.ts';
import { type Feature, probe, requireRoot } from '../../support/index.ts';
import { noteTopology } from '../../support/ledger.ts';
import { Bench } from '../../support/reconcile.ts';
import { partialDeepEqual } from '../netlink/partial.ts';

//   a ── eth0 10.0.0.1, fd00::1 ─── eth0 10.0.0.2, fd00::2 ── b        and eth1 ─── eth1 without addresses
const NODES = {
  a: { eth0: "{ addresses: [10.0.0.1/24, 'fd00::1/64'] }", eth1: '{}' },
  b: { eth0: "{ addresses: [10.0.0.2/24, 'fd00::2/64'] }", eth1: '{}' },
};

type Interfaces = Readonly<Record<string, string>>;

/** The lab with more interfaces on one or both nodes; one of the same name replaces. */
function lab(a: Interfaces, b: Interfaces = {}): readonly Resource[] {
  const node = (name: 'a' | 'b', more: Interfaces): string =>
    [
      `  ${name}:`,
      '    interfaces:',
      ...Object.entries({ ...NODES[name], ...more }).map(([key, text]) => `      ${key}: ${text}`),
    ].join('\n');
  const links = "links: [['a:eth0', 'b:eth0'], ['a:eth1', 'b:eth1']]";
  const text = ['nodes:', node('a', a), node('b', b), links, ''].join('\n');
  noteTopology(text);
  return loadTopologyText(text, 'kinds.yaml').model.resources;
}

interface Case {
  readonly features: readonly Feature[];
  readonly a: Interfaces;
  readonly b?: Interfaces;
  /** What `ip -j -d link show` says of devices of a. */
  readonly seen: Readonly<Record<string, object>>;
  /** What a reaches through it at once. */
  readonly pings?: readonly string[];
  /** Other interfaces in place of those of a, what that changes, and how ip sees it then. */
  readonly edits?: readonly {
    readonly a: Interfaces;
    readonly changes: readonly string[];
    readonly seen: Readonly<Record<string, object>>;
  }[];
}

const data = (info_kind: string, info_data: object): object => ({ linkinfo: { info_kind, info_data } });
const tunnel = (type: string, n: 4 | 6, address: string, more = ''): readonly [a: Interfaces, b: Interfaces] => {
  const [near, far] = n === 4 ? ['10.0.0.1', '10.0.0.2'] : ["'fd00::1'", "'fd00::2'"];
  const text = (local: string, remote: string, last: number): string =>
    `{ type: ${type}, local: ${local}, remote: ${remote}${more}, addresses: ['${address.replace('X', String(last))}'] }`;
  return [{ t: text(near, far, 1) }, { t: text(far, near, 2) }];
};
const changed = (type: string, key: string, from: string, to: string): string =>
  `update link a:t (${type}): ${type} ${key} ${from} → ${to}`;

const CASES: Readonly<Record<string, Case>> = {
  'dummy and ifb': {
    features: ['dummy', 'ifb'],
    a: { d0: '{ type: dummy, addresses: [10.5.0.1/24] }', i0: "{ type: ifb, mac: '02:00:00:00:00:09' }" },
    seen: { d0: { mtu: 1500, linkinfo: { info_kind: 'dummy' } }, i0: { address: '02:00:00:00:00:09' } },
    pings: ['10.5.0.1'],
    edits: [
      {
        a: {
          d0: '{ type: dummy, addresses: [10.5.0.1/24], mtu: 9000 }',
          i0: "{ type: ifb, mac: '02:00:00:00:00:08' }",
        },
        changes: [
          'update link a:d0 (dummy): mtu 1500 → 9000',
          'replace link a:i0 (ifb): mac 02:00:00:00:00:09 → 02:00:00:00:00:08',
        ],
        seen: { d0: { mtu: 9000 }, i0: { address: '02:00:00:00:00:08' } },
      },
    ],
  },
  macvlan: {
    features: ['macvlan'],
    a: { m: '{ type: macvlan, link: eth0, mode: bridge, addresses: [10.0.0.11/24] }' },
    seen: { m: { link: 'eth0', mtu: 1500, ...data('macvlan', { mode: 'bridge' }) } },
    pings: ['10.0.0.2'],
    edits: [
      {
        a: { m: '{ type: macvlan, link: eth0, mode: private, addresses: [10.0.0.11/24] }' },
        changes: ['update link a:m (macvlan): macvlan mode bridge → private'],
        seen: { m: data('macvlan', { mode: 'private' }) },
      },
      {
        a: { m: '{ type: macvlan, link: eth1, mode: passthru, addresses: [10.0.0.11/24] }' },
        changes: [
          'replace link a:m (macvlan): MAC, macvlan link eth0 → eth1, macvlan mode private → passthru',
          'create address 10.0.0.11/24 on a:m',
        ],
        seen: { m: { link: 'eth1', ...data('macvlan', { mode: 'passthru' }) } },
      },
    ],
  },
  'vlan, also in one another': {
    features: ['vlan'],
    a: {
      'eth0.10': '{ type: vlan, link: eth0, id: 10, addresses: [10.6.0.1/24] }',
      // Named before what it stands on.
      inner: '{ type: vlan, link: outer, id: 7, addresses: [10.7.0.1/24] }',
      outer: '{ type: vlan, link: eth1, id: 100, protocol: 802.1ad }',
    },
    b: {
      'eth0.10': '{ type: vlan, link: eth0, id: 10, addresses: [10.6.0.2/24] }',
      inner: '{ type: vlan, link: outer, id: 7, addresses: [10.7.0.2/24] }',
      outer: '{ type: vlan, link: eth1, id: 100, protocol: 802.1ad }',
    },
    seen: {
      'eth0.10': { link: 'eth0', mtu: 1500, ...data('vlan', { id: 10, protocol: '802.1Q' }) },
      outer: { link: 'eth1', ...data('vlan', { id: 100, protocol: '802.1ad' }) },
      inner: { link: 'outer', ...data('vlan', { id: 7 }) },
    },
    pings: ['10.6.0.2', '10.7.0.2'],
    edits: [
      {
        a: {
          'eth0.10': '{ type: vlan, link: eth0, id: 11, addresses: [10.6.0.1/24] }',
          inner: '{ type: vlan, link: outer, id: 7, addresses: [10.7.0.1/24] }',
          outer: '{ type: vlan, link: eth1, id: 101, protocol: 802.1ad }',
        },
        changes: [
          'replace link a:eth0.10 (vlan): vlan id 10 → 11',
          'replace link a:outer (vlan): vlan id 100 → 101',
          'replace link a:inner (vlan)',
          'create address 10.6.0.1/24 on a:eth0.10',
          'create address 10.7.0.1/24 on a:inner',
        ],
        seen: { 'eth0.10': data('vlan', { id: 11 }), outer: data('vlan', { id: 101 }), inner: { link: 'outer' } },
      },
      {
        a: {
          eth1: "{ mac: '02:00:00:00:00:11', mtu: 1400 }",
          'eth0.10': '{ type: vlan, link: eth0, id: 11, addresses: [10.6.0.1/24] }',
          inner: '{ type: vlan, link: outer, id: 7, addresses: [10.7.0.1/24] }',
          outer: '{ type: vlan, link: eth1, id: 101, protocol: 802.1ad }',
        },
        // What stands on another device takes over its MTU and its MAC address.
        changes: ['link a:eth1 (veth to b:eth1)', 'link a:outer (vlan)', 'link a:inner (vlan)'].map(
          (what) => `update ${what}: mtu 1500 → 1400, mac OLD → 02:00:00:00:00:11`,
        ),
        seen: { inner: { address: '02:00:00:00:00:11', mtu: 1400 } },
      },
      {
        a: {
          'eth0.10': '{ type: vlan, link: eth0, id: 11, addresses: [10.6.0.1/24] }',
          inner: '{ type: vlan, link: outer, id: 7, addresses: [10.7.0.1/24] }',
          outer: '{ type: vlan, link: eth1, id: 101, protocol: 802.1ad }',
        },
        changes: ['link a:eth1 (veth to b:eth1)', 'link a:outer (vlan)', 'link a:inner (vlan)'].map(
          (what) => `update ${what}: mtu 1400 → 1500, MAC`,
        ),
        seen: { inner: { mtu: 1500 } },
      },
    ],
  },
  'a bridge that keeps VLANs apart': {
    features: ['bridge vlan_filtering'],
    a: { br0: '{ type: bridge, ports: [eth1], vlan_filtering: true }' },
    seen: { br0: data('bridge', { vlan_filtering: 1 }) },
    edits: [
      {
        a: { br0: '{ type: bridge, ports: [eth1], vlan_filtering: false }' },
        changes: ['update link a:br0 (bridge): vlan_filtering true → false'],
        seen: { br0: data('bridge', { vlan_filtering: 0 }) },
      },
    ],
  },
  'the protocol of a vlan': {
    features: ['vlan'],
    a: { outer: '{ type: vlan, link: eth1, id: 100, protocol: 802.1ad, addresses: [10.6.0.1/24] }' },
    seen: { outer: data('vlan', { id: 100, protocol: '802.1ad' }) },
    edits: [
      {
        a: { outer: '{ type: vlan, link: eth1, id: 100, protocol: 802.1Q, addresses: [10.6.0.1/24] }' },
        changes: [
          'replace link a:outer (vlan): vlan protocol 802.1ad → 802.1Q',
          'create address 10.6.0.1/24 on a:outer',
        ],
        seen: { outer: data('vlan', { id: 100, protocol: '802.1Q' }) },
      },
    ],
  },
  ipvlan: {
    features: ['ipvlan'],
    a: { i: '{ type: ipvlan, link: eth1, mode: l2, addresses: [10.8.0.1/24] }' },
    b: { eth1: '{ addresses: [10.8.0.2/24] }' },
    seen: { i: { link: 'eth1', ...data('ipvlan', { mode: 'l2' }) } },
    pings: ['10.8.0.2'],
    edits: [
      {
        a: { i: '{ type: ipvlan, link: eth1, addresses: [10.8.0.1/24] }' },
        changes: ['update link a:i (ipvlan): ipvlan mode l2 → l3'],
        seen: { i: data('ipvlan', { mode: 'l3' }) },
      },
    ],
  },
  bond: {
    features: ['bond', 'dummy'],
    a: {
      bond0: '{ type: bond, mode: active-backup, ports: [eth1, d1], mtu: 1400, addresses: [10.9.0.1/24] }',
      d1: '{ type: dummy, up: false }',
    },
    b: { eth1: '{ addresses: [10.9.0.2/24] }' },
    seen: {
      bond0: { mtu: 1400, ...data('bond', { mode: 'active-backup', miimon: 100 }) },
      eth1: { master: 'bond0', mtu: 1400, linkinfo: { info_slave_kind: 'bond' } },
      d1: { master: 'bond0' },
    },
    pings: ['10.9.0.2'],
    edits: [
      {
        a: {
          bond0: '{ type: bond, mode: active-backup, miimon: 50, ports: [eth1], mtu: 1400, addresses: [10.9.0.1/24] }',
          d1: '{ type: dummy, up: false }',
        },
        changes: [
          'update link a:d1 (dummy): mtu 1400 → 1500, MAC, master bond0 → unset',
          'update link a:bond0 (bond): bond miimon 100 → 50',
        ],
        seen: { bond0: data('bond', { miimon: 50 }), d1: { mtu: 1500 } },
      },
      {
        a: {
          bond0: '{ type: bond, mode: balance-rr, miimon: 50, ports: [eth1, d1], mtu: 1400, addresses: [10.9.0.1/24] }',
          d1: '{ type: dummy, up: false }',
        },
        changes: [
          'update link a:d1 (dummy): mtu 1500 → 1400, MAC, master unset → bond0',
          'replace link a:bond0 (bond): bond mode active-backup → balance-rr',
          'create address 10.9.0.1/24 on a:bond0',
          'update link a:eth1 (veth to b:eth1): master unset → bond0',
        ],
        seen: { bond0: data('bond', { mode: 'balance-rr' }), eth1: { master: 'bond0' }, d1: { master: 'bond0' } },
      },
    ],
  },
  vrf: {
    features: ['vrf'],
    a: { red: '{ type: vrf, table: 10, ports: [eth1] }', eth1: "{ addresses: [10.10.0.1/24, 'fd10::1/64'] }" },
    b: { eth1: "{ addresses: [10.10.0.2/24, 'fd10::2/64'] }" },
    seen: { red: data('vrf', { table: 10 }), eth1: { master: 'red' } },
    pings: ['-I red 10.10.0.2', '-I red fd10::2'],
    edits: [
      {
        a: { red: '{ type: vrf, table: 11, ports: [eth1] }', eth1: "{ addresses: [10.10.0.1/24, 'fd10::1/64'] }" },
        changes: [
          'replace link a:red (vrf): vrf table 10 → 11',
          'update link a:eth1 (veth to b:eth1): master unset → red',
        ],
        seen: { red: data('vrf', { table: 11 }), eth1: { master: 'red' } },
      },
      {
        a: {
          red: "{ type: vrf, table: 11, ports: [eth1], mac: '02:00:00:00:00:11', mtu: 2000 }",
          eth1: "{ addresses: [10.10.0.1/24, 'fd10::1/64'] }",
        },
        changes: ['update link a:red (vrf): mtu 65575 → 2000, mac OLD → 02:00:00:00:00:11'],
        seen: { red: { address: '02:00:00:00:00:11', mtu: 2000 } },
      },
    ],
  },
  geneve: {
    features: ['geneve'],
    a: { g: '{ type: geneve, id: 5, remote: 10.0.0.2, addresses: [10.11.0.1/24] }' },
    b: { g: '{ type: geneve, id: 5, remote: 10.0.0.1, addresses: [10.11.0.2/24] }' },
    seen: { g: { mtu: 1450, ...data('geneve', { id: 5, remote: '10.0.0.2', port: 6081 }) } },
    pings: ['10.11.0.2'],
    edits: [
      {
        a: { g: '{ type: geneve, id: 5, remote: 10.0.0.2, ttl: 9, addresses: [10.11.0.1/24] }' },
        changes: ['update link a:g (geneve): geneve ttl 0 → 9'],
        seen: { g: data('geneve', { ttl: 9 }) },
      },
      {
        a: { g: '{ type: geneve, id: 5, remote: 10.0.0.3, ttl: 9, addresses: [10.11.0.1/24] }' },
        changes: ['update link a:g (geneve): geneve remote 10.0.0.2 → 10.0.0.3'],
        seen: { g: data('geneve', { remote: '10.0.0.3' }) },
      },
      {
        a: {
          g: "{ type: geneve, id: 5, remote: 10.0.0.3, ttl: 9, mac: '02:00:00:00:00:11', addresses: [10.11.0.1/24] }",
        },
        changes: ['update link a:g (geneve): mac OLD → 02:00:00:00:00:11'],
        seen: { g: { address: '02:00:00:00:00:11' } },
      },
      {
        a: { g: "{ type: geneve, id: 6, remote: 'fd00::2', ttl: 9, addresses: [10.11.0.1/24] }" },
        changes: [
          'replace link a:g (geneve): mtu 1450 → 1430, MAC, geneve id 5 → 6, geneve remote 10.0.0.3 → fd00::2',
          'create address 10.11.0.1/24 on a:g',
        ],
        seen: { g: { mtu: 1430, ...data('geneve', { id: 6, remote6: 'fd00::2' }) } },
      },
    ],
  },
  ...Object.fromEntries(
    (
      [
        ['gre', 4, 'gre', 1476],
        ['gretap', 4, 'gretap', 1462],
        ['ipip', 4, 'ipip', 1480],
        ['sit', 4, 'sit', 1480],
        ['ip6gre', 6, 'ip6gre', 1448],
        ['ip6tnl', 6, 'ip6tnl', 1452],
      ] as const
    ).map(([type, family, kind, mtu]): [string, Case] => {
      const inner = type === 'sit' ? 'fd12::X/64' : '10.12.0.X/24';
      const [a, b] = tunnel(type, family, inner);
      const [dearer] = tunnel(type, family, inner, ', ttl: 9, link: eth0');
      return [
        type,
        {
          features: [type],
          a,
          b,
          seen: { t: { mtu, ...data(kind, { local: family === 4 ? '10.0.0.1' : 'fd00::1' }) } },
          pings: [inner.replace(/X.*/, '2')],
          edits: [
            {
              a: dearer,
              changes: [`${changed(type, 'link', 'unset', 'eth0')}, ${type} ttl ${family === 4 ? 0 : 64} → 9`],
              seen: { t: data(kind, { ttl: 9 }) },
            },
            {
              a: { t: dearer['t']!.replace(/, remote: [^,]*/, '') },
              changes: [
                `replace link a:t (${type}): ${type} remote ${family === 4 ? '10.0.0.2' : 'fd00::2'} → unset`,
                `create address ${inner.replace('X', '1')} on a:t`,
              ],
              seen: { t: { link: 'eth0' } },
            },
          ],
        },
      ];
    }),
  ),
  'gre with a key': {
    features: ['gre'],
    a: tunnel('gre', 4, '10.12.0.X/24', ', key: 7')[0],
    b: tunnel('gre', 4, '10.12.0.X/24', ', key: 7')[1],
    seen: { t: { mtu: 1472, ...data('gre', { ikey: '0.0.0.7', okey: '0.0.0.7' }) } },
    pings: ['10.12.0.2'],
    edits: [
      {
        a: tunnel('gre', 4, '10.12.0.X/24', ', key: 8')[0],
        changes: [changed('gre', 'key', '7', '8')],
        seen: { t: data('gre', { ikey: '0.0.0.8' }) },
      },
      {
        a: tunnel('gre', 4, '10.12.0.X/24')[0],
        changes: ['update link a:t (gre): mtu 1472 → 1476, gre key 8 → unset'],
        seen: { t: { mtu: 1476 } },
      },
    ],
  },
};

describe('reconcile: kinds of interfaces', () => {
  before(function () {
    requireRoot(this);
  });

  for (const [name, { features, a, b, seen, pings = [], edits = [] }] of Object.entries(CASES)) {
    it(name, async function () {
      probe(this, 'veth', ...features);
      using bench = new Bench();
      const look = (wanted: Case['seen']): void => {
        for (const [device, part] of Object.entries(wanted)) partialDeepEqual(bench.device('a', device), part);
      };
      assert.deepEqual((await bench.become(lab(a, b))).left, []);
      look(seen);
      for (const to of pings) bench.tool('a', 'ping', '-n', '-c1', '-W2', ...to.split(' '));
      assert.deepEqual((await bench.become(lab(a, b))).changes, [], 'changed without need');

      for (const edit of edits) {
        const { changes, left } = await bench.become(lab(edit.a, b));
        assert.deepEqual(left, []);
        // Link-local addresses come and go with IPv6 ones; other tests look at them.
        const told = changes.map(inShort).filter((line) => !line.includes('fe80::'));
        assert.deepEqual(told.toSorted(), edit.changes.toSorted());
        look(edit.seen);
        assert.deepEqual((await bench.become(lab(edit.a, b))).changes, [], 'changed without need');
      }
      // Taken out, and a property taken out with it goes back to what a fresh lab has.
      assert.deepEqual((await bench.become(lab({}))).left, []);
      const names = bench.tool('a', 'ip', '-br', 'link', 'show', 'group', '110').trim().split('\n');
      assert.deepEqual(names.map((line) => line.split(/[@ ]/)[0] ?? '').toSorted(), ['eth0', 'eth1']);
    });
  }
});

/** A change in short, in which MAC addresses that netlab chose are not spelt out. */
function inShort({
  action,
  wanted,
  found,
  differences,
}: Awaited<ReturnType<Bench['become']>>['changes'][number]): string {
  const words = differences.map(({ field, from, to }) =>
    field === 'mac' && !isGiven(from)
      ? isGiven(to)
        ? `mac OLD → ${to}`
        : 'MAC'
      : field === 'mac' && !isGiven(to)
        ? 'MAC'
        : `${field} ${from ?? 'unset'} → ${to ?? 'unset'}`,
  );
  return [`${action} ${inWords((wanted ?? found)!)}`, ...(words.length === 0 ? [] : [words.join(', ')])].join(': ');
}

/** A MAC address of this file, not one that netlab chose. */
function isGiven(mac: string | undefined): mac is string {
  return mac?.startsWith('02:00:00:00:00:') === true;
}
