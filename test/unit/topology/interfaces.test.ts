/** Every type of interface → its link, with what is so unless the file says otherwise, and the line of `ip` that makes it. */
import assert from 'node:assert/strict';

import { type Link, lowerOf } from '../../../src/model/resource.ts';
import { complete } from '../../../src/reconcile/complete.ts';
import { diff } from '../../../src/reconcile/diff.ts';
import { order } from '../../../src/reconcile/order.ts';
import { deviceOf } from '../../../src/resource/link/devices.ts';
import { loadTopologyText } from '../../../src/topology/load.ts';

function linksOf(interfaces: string): Link[] {
  const text = `nodes:\n  a:\n    interfaces:\n${interfaces.trim().replaceAll(/^ */gm, '      ')}\n  b: {}\nlinks:\n  - ['a:eth0', 'b:eth0']\n  - ['a:eth1', 'b:eth1']\n`;
  const { model } = loadTopologyText(text, 'kinds.yaml');
  return complete('kinds', model.resources).filter((each): each is Link => each.kind === 'link' && each.node === 'a');
}

function linkOf(words: string): Link {
  const link = linksOf(`x: { ${words} }`).find(({ name }) => name === 'x');
  assert.ok(link);
  return link;
}

/** What the file says → the options in the model, the words of ip, the MTU. */
const KINDS: readonly (readonly [file: string, options: object, words: string, mtu: number])[] = [
  ['type: dummy', {}, '', 1500],
  ['type: ifb', {}, '', 1500],
  [
    'type: vlan, link: eth0, id: 10',
    { vlan: { link: 'eth0', id: 10, protocol: '802.1Q' } },
    'protocol 802.1Q id 10',
    1500,
  ],
  [
    'type: vlan, link: eth0, id: 10, protocol: 802.1ad, mtu: 1400',
    { vlan: { link: 'eth0', id: 10, protocol: '802.1ad' } },
    'protocol 802.1ad id 10',
    1400,
  ],
  ['type: macvlan, link: eth0', { macvlan: { link: 'eth0', mode: 'vepa' } }, 'mode vepa', 1500],
  ['type: ipvlan, link: eth0', { ipvlan: { link: 'eth0', mode: 'l3' } }, 'mode l3', 1500],
  ['type: bond', { bond: { mode: 'balance-rr', miimon: 100 } }, 'mode balance-rr miimon 100', 1500],
  ['type: vrf, table: main', { vrf: { table: 254 } }, 'table 254', 65575],
  [
    'type: gre, local: 10.0.0.1, remote: 10.0.0.2, key: 7',
    { tunnel: { local: '10.0.0.1', remote: '10.0.0.2', key: 7, ttl: 0 } },
    'local 10.0.0.1 remote 10.0.0.2 key 7 ttl 0',
    1472,
  ],
  ['type: gretap, remote: 10.0.0.2', { tunnel: { remote: '10.0.0.2', ttl: 0 } }, 'remote 10.0.0.2 ttl 0', 1462],
  [
    "type: ip6gre, remote: 'FD00:0::2', ttl: 9",
    { tunnel: { remote: 'fd00::2', ttl: 9 } },
    'remote fd00::2 ttl 9',
    1448,
  ],
  [
    'type: ipip, remote: 10.0.0.2, link: eth0',
    { tunnel: { link: 'eth0', remote: '10.0.0.2', ttl: 0 } },
    'remote 10.0.0.2 ttl 0 dev eth0',
    1480,
  ],
  ["type: ip6tnl, remote: 'fd00::2'", { tunnel: { remote: 'fd00::2', ttl: 64 } }, 'remote fd00::2 ttl 64', 1452],
  ['type: sit, local: 10.0.0.1', { tunnel: { local: '10.0.0.1', ttl: 0 } }, 'local 10.0.0.1 ttl 0', 1480],
  [
    'type: geneve, id: 5, remote: 10.0.0.2',
    { geneve: { id: 5, remote: '10.0.0.2', port: 6081, ttl: 0 } },
    'id 5 remote 10.0.0.2 dstport 6081 ttl 0',
    1450,
  ],
];

describe('types of interfaces', () => {
  for (const [file, options, words, mtu] of KINDS) {
    it(file, () => {
      const link = linkOf(file);
      const { vlan, macvlan, ipvlan, bond, vrf, tunnel, geneve } = link;
      const own = Object.entries({ vlan, macvlan, ipvlan, bond, vrf, tunnel, geneve }).filter(
        ([, value]) => value !== undefined,
      );
      assert.deepEqual(Object.fromEntries(own), options);
      assert.equal(deviceOf(link.type)?.words(link), words);
      assert.equal(link.mtu, mtu);
    });
  }

  it('have the MAC address of what they stand on, one of their own, or none', () => {
    const byName = new Map(
      linksOf(`
        v: { type: vlan, link: eth0, id: 1 }
        vv: { type: vlan, link: v, id: 2 }
        m: { type: macvlan, link: eth0 }
        p: { type: macvlan, link: eth1, mode: passthru }
        t: { type: gre, remote: 10.0.0.2 }
        tap: { type: gretap, remote: 10.0.0.2 }
      `).map(({ name, mac }) => [name, mac]),
    );
    const mac = (name: string): string | undefined => byName.get(name);
    assert.deepEqual([mac('v'), mac('vv'), mac('p'), mac('t')], [mac('eth0'), mac('eth0'), mac('eth1'), undefined]);
    assert.equal(new Set([mac('eth0'), mac('m'), mac('tap')]).size, 3);
  });

  it('give the members of a bond its MTU and its MAC address', () => {
    const links = linksOf("bond0: { type: bond, ports: [eth0, eth1], mac: '02:00:00:00:00:01', mtu: 1400 }");
    const members = links.filter(({ master }) => master === 'bond0');
    assert.deepEqual(
      members.map(({ name, mtu, mac }) => [name, mtu, mac]),
      [
        ['eth0', 1400, '02:00:00:00:00:01'],
        ['eth1', 1400, '02:00:00:00:00:01'],
      ],
    );
  });
});

describe('interfaces that stand on others', () => {
  const STACK = `
    top: { type: vlan, link: middle, id: 3 }
    middle: { type: vlan, link: m, id: 2 }
    m: { type: macvlan, link: eth0 }
  `;

  it('come after those', () => {
    const changes = diff(linksOf(STACK), { resources: [], ours: new Set() }).changes;
    const names = order(changes).flatMap(({ wanted }) => (wanted?.kind === 'link' ? [wanted.name] : []));
    const stacked = names.filter((name) => ['top', 'middle', 'm'].includes(name));
    assert.deepEqual(stacked, ['m', 'middle', 'top']);
    assert.ok(names.indexOf('eth0') < names.indexOf('m'));
  });

  it('are made anew with those, however high they stand', () => {
    const found = linksOf(STACK);
    const wanted = found.map((link) =>
      link.name === 'm' ? { ...link, macvlan: { link: 'eth1', mode: 'vepa' } as const } : link,
    );
    const { changes } = diff(wanted, { resources: found, ours: new Set() });
    assert.deepEqual(
      changes
        .map(({ action, wanted: link, reason }) => `${action} ${link?.kind === 'link' ? link.name : ''}: ${reason}`)
        .toSorted(),
      ['replace m: macvlan link eth0 → eth1', 'replace middle: it stands on a:m', 'replace top: it stands on a:middle'],
    );
    assert.equal(lowerOf(wanted.find(({ name }) => name === 'm')!), 'eth1');
  });
});
