/** plan --explain of every kind of interface that this kernel has, run by sh, gives what `up` gives. */
import assert from 'node:assert/strict';

import { type Feature, has, netlab, probe, requireRoot, Scene } from '../../support/index.ts';
import { everything } from './everything.ts';
import { runApart } from './run-apart.ts';

/** Interfaces of one node, each with what it needs. */
const INTERFACES: readonly (readonly [feature: Feature, lines: readonly string[]])[] = [
  ['dummy', ['d0: { type: dummy, addresses: [10.5.0.1/24], mtu: 1400 }']],
  ['ifb', ['i0: { type: ifb }']],
  ['macvlan', ["m0: { type: macvlan, link: eth1, mode: private, mac: '02:00:00:00:00:11', addresses: [10.6.0.1/24] }"]],
  ['ipvlan', ['i1: { type: ipvlan, link: eth2, mode: l2, addresses: [10.7.0.1/24] }']],
  // Named before what it stands on.
  [
    'vlan',
    ['inner: { type: vlan, link: outer, id: 7 }', 'outer: { type: vlan, link: eth0, id: 100, protocol: 802.1ad }'],
  ],
  ['bond', ['bond0: { type: bond, mode: active-backup, ports: [eth3, eth4], addresses: [10.8.0.1/24], mtu: 1400 }']],
  ['vrf', ['red: { type: vrf, table: 10, ports: [eth5] }', 'eth5: { addresses: [10.9.0.1/24] }']],
  [
    'gre',
    ['t1: { type: gre, local: 10.0.0.1, remote: 10.0.0.2, key: 7, ttl: 9, link: eth0, addresses: [10.10.0.1/24] }'],
  ],
  ['gretap', ['t2: { type: gretap, remote: 10.0.0.2 }', 'br0: { type: bridge, ports: [t2] }']],
  ['ipip', ['t3: { type: ipip, local: 10.0.0.1, remote: 10.0.0.2 }']],
  ['sit', ["t4: { type: sit, remote: 10.0.0.2, addresses: ['fd11::1/64'] }"]],
  ['ip6gre', ["t5: { type: ip6gre, local: 'fd00::1', remote: 'fd00::2' }"]],
  ['ip6tnl', ["t6: { type: ip6tnl, remote: 'fd00::2', ttl: 9 }"]],
  ['geneve', ['g0: { type: geneve, id: 5, remote: 10.0.0.2, ttl: 9 }']],
];

describe('plan --explain of every kind of interface', function () {
  this.timeout(120_000);

  it('the script gives the lab that up gives', async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'macvlan');
    const lines = INTERFACES.filter(([feature]) => has(feature)).flatMap(([, own]) => own);
    const text = [
      'name: x',
      'nodes:',
      '  a:',
      '    interfaces:',
      ...["eth0: { addresses: [10.0.0.1/24, 'fd00::1/64'] }", ...lines].map((line) => `      ${line}`),
      '  b: {}',
      'links:',
      ...[0, 1, 2, 3, 4, 5].map((n) => `  - ['a:eth${n}', 'b:eth${n}']`),
    ];
    await using scene = new Scene(text.join('\n'), 'kinds');
    const { code, stdout: script, stderr } = await netlab(['plan', '--explain', scene.file]);
    assert.equal(code, 0, stderr);
    await scene.up();
    await scene.assertNothingToDo();
    assert.deepEqual(runApart(script, scene.name).made, everything(scene.name));
  });
});
