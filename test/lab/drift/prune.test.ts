import assert from 'node:assert/strict';

import type { PlanReport } from '../../../src/model/report.ts';
import {
  addresses,
  describeForUsers,
  dump,
  ifindexes,
  inNode,
  inShort,
  ipJson,
  netlab,
  probe,
  requireRoot,
  Scene,
  user,
} from '../../support/index.ts';

// a:eth0 ─── eth0:b     a:br0 ── a:eth1 ─── eth1:b
const LAB = `
nodes:
  a:
    interfaces:
      eth0: { addresses: [10.0.0.1/24] }
      br0: { type: bridge, ports: [eth1], addresses: [10.1.0.1/24] }
    routes: [{ to: 10.20.0.0/16, via: 10.0.0.2 }]
    nat: [{ masquerade: { out: eth0 } }]
  b:
    interfaces: { eth0: { addresses: [10.0.0.2/24] }, eth1: { addresses: [10.1.0.2/24] } }
links:
  - ['a:eth0', 'b:eth0']
  - ['a:eth1', 'b:eth1']
`;

/** What a student types in a node, and how netlab calls what came of it. */
const FOREIGN: readonly (readonly [typed: string, known: readonly string[]])[] = [
  ['ip address add 10.0.5.1/24 dev eth0', ['address 10.0.5.1/24 on a:eth0']],
  ['ip address add fd05::1/64 dev br0 nodad', ['address fd05::1/64 on a:br0']],
  ['ip route add 10.60.0.0/16 via 10.0.0.2', ['route 10.60.0.0/16 via 10.0.0.2 dev eth0 on a']],
  ['ip route add 10.61.0.0/16 via 10.0.0.2 proto bird', ['route 10.61.0.0/16 via 10.0.0.2 dev eth0 on a']],
  ['ip route add blackhole 10.62.0.0/16 table 77', ['blackhole route 10.62.0.0/16 table 77 on a']],
  ['ip -6 route add fd06::/64 dev eth0', ['route fd06::/64 dev eth0 on a']],
  ['ip rule add from 10.9.0.0/16 lookup 77 priority 500', ['rule priority 500 from 10.9.0.0/16 lookup 77 on a']],
  [
    'ip -6 rule add from fd09::/64 lookup 77 priority 501 protocol bird',
    ['rule priority 501 from fd09::/64 lookup 77 on a'],
  ],
  [
    'ip neighbour add 10.0.0.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent',
    ['neighbour 10.0.0.77 (02:00:00:00:00:77) on a:eth0'],
  ],
  ['bridge fdb add 02:00:00:00:00:78 dev eth1 master static', ['fdb 02:00:00:00:00:78 on a:eth1']],
  [
    'ip link add typed0 type veth peer name typed1',
    ['link a:typed0 (veth to a:typed1)', 'link a:typed1 (veth to a:typed0)'],
  ],
  ['ip link add br9 type bridge', ['link a:br9 (bridge)']],
  ['nft add table ip filter', ['nftables table ip filter on a']],
  ['nft add table inet mine', ['nftables table inet mine on a']],
  ['nft add table bridge mine', ['nftables table bridge mine on a']],
];

describeForUsers('what others made in a node', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'ipv6', 'nft', 'nftables NAT');
    scene = new Scene(LAB, 'prune');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  async function plan(...options: readonly string[]): Promise<PlanReport> {
    const { code, stdout, stderr } = await netlab(['plan', '--json', ...options, scene.file]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as PlanReport;
  }

  function type(line: string): void {
    const { code, stderr } = inNode(scene.name, 'a', line.split(' '));
    assert.equal(code, 0, `${line}: ${stderr}`);
  }

  for (const list of [...FOREIGN.map((each) => [each]), FOREIGN]) {
    const title = list.length === 1 ? list[0]![0] : 'all at once';
    const known = list.flatMap(([, names]) => names);
    it(`${title}: stays, is listed, and goes with --prune`, async () => {
      // One by one they take half a minute, which is spent once.
      if (list.length === 1 && user() !== 'root') return;
      const before = dump(scene.name);
      for (const [typed] of list) type(typed);
      const dirty = dump(scene.name);
      assert.notDeepEqual(dirty, before);

      const listed = await plan();
      assert.deepEqual([listed.changes, listed.unmanaged.toSorted()], [[], known.toSorted()]);
      assert.deepEqual((await scene.up()).changes, []);
      assert.deepEqual(dump(scene.name), dirty, 'up leaves it alone');

      const removals = known.map((what) => `remove ${what}`).toSorted();
      const planned = await plan('--prune');
      assert.deepEqual([inShort(planned.changes).toSorted(), planned.unmanaged], [removals, []]);
      assert.equal(planned.changes[0]?.reason, 'netlab did not make it');
      const { code, stdout, stderr } = await scene.tryUp(['--json', '--prune']);
      assert.equal(code, 0, stderr);
      const report = JSON.parse(stdout) as PlanReport;
      assert.deepEqual([inShort(report.changes).toSorted(), report.unmanaged], [removals, []]);
      assert.deepEqual(dump(scene.name), before);
      assert.deepEqual((await plan('--prune')).changes, []);
    });
  }

  it('what of ours goes along comes back', async () => {
    const before = { dump: dump(scene.name), indexes: ifindexes(scene.name) };
    // Typed first, and so the first of its network: with it the kernel takes the second one, which is ours.
    type('ip address del 10.0.0.1/24 dev eth0');
    type('ip address add 10.0.0.9/24 dev eth0');
    await scene.up();
    assert.deepEqual(addresses(scene.name, 'a')['eth0'], ['10.0.0.9/24', '10.0.0.1/24']);
    assert.equal((await scene.tryUp(['--prune'])).code, 0);
    assert.deepEqual({ dump: dump(scene.name), indexes: ifindexes(scene.name) }, before);
    await scene.assertNothingToDo();
  });

  it('a script of the plan does the same', async () => {
    type('ip link add br9 type bridge');
    type('nft add table ip filter');
    type('ip rule add from 10.9.0.0/16 lookup 77 priority 500');
    const { script } = await plan('--prune', '--explain');
    for (const line of ['link delete', 'nft delete table ip filter', 'rule delete priority 500'])
      assert.ok(script?.includes(line), script);
    assert.equal((await scene.tryUp(['--prune'])).code, 0);
    assert.ok(!ipJson(scene.name, 'a', 'link').some(({ ifname }) => ifname === 'br9'));
  });
});
