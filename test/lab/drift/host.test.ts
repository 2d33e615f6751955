/** The lab's part of the host is kept as the file says too, and of the host's own nothing is touched. */
import assert from 'node:assert/strict';

import { netlab, onFreshHost, probe, requireRoot, run, Scene, until } from '../../support/index.ts';
import { Watching } from './watching.ts';

const LAB = `
nodes:
  host:
    sysctls: { net.ipv4.ip_forward: 1 }
    interfaces: { wh0: { addresses: [10.77.0.1/24] } }
    routes: [{ to: 10.78.0.0/16, via: 10.77.0.2 }]
    nat: [{ masquerade: { out: eth0, from: 10.77.0.0/24 } }]
  a: { interfaces: { eth0: { addresses: [10.77.0.2/24] } } }
links: [['a:eth0', 'host:wh0']]
`;

const ROUTE = 'create route 10.78.0.0/16 via 10.77.0.2 dev wh0 on host';
const DAMAGE: Readonly<Record<string, readonly string[]>> = {
  'ip address del 10.77.0.1/24 dev wh0': ['create address 10.77.0.1/24 on host:wh0', ROUTE],
  'ip link set wh0 down': ['update link host:wh0 (veth to a:eth0)', ROUTE],
  'ip link del wh0': [
    'create link host:wh0 (veth to a:eth0)',
    'create link a:eth0 (veth to host:wh0)',
    'create address 10.77.0.1/24 on host:wh0',
    'create address 10.77.0.2/24 on a:eth0',
    ROUTE,
  ],
  'ip route del 10.78.0.0/16': [ROUTE],
  'nft flush ruleset': ['create nat on host (1 rule)'],
  'sysctl -qw net.ipv4.ip_forward=0': ['update sysctl net.ipv4.ip_forward = 1 on host'],
};

/** What stands in the namespace. */
function stands(): string {
  const tools = [
    ['ip', 'address'],
    ['ip', 'route', 'show', 'table', 'all'],
    ['ip', 'rule'],
    ['nft', 'list', 'ruleset'],
  ];
  // How long an address is valid, and what routers say, changes by itself.
  return tools.map(([tool = '', ...args]) => run(tool, args).replaceAll(/\d+sec/g, '')).join('\n');
}

onFreshHost(import.meta.url, () => {
  describe("the host's part of a lab", () => {
    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'nft', 'nftables NAT');
    });

    it('is mended by a watch', async function () {
      this.timeout(60_000);
      await using scene = new Scene(LAB, 'hosted');
      await using watching = await Watching.start(scene.file);
      for (const [line, changes] of Object.entries(DAMAGE)) {
        const from = watching.events.length;
        run('sh', ['-c', line]);
        await until(() => watching.repairs(from).length >= changes.length, { what: line });
        const repairs = watching.repairs(from).map(({ change }) => `${change.action} ${change.what}`);
        assert.deepEqual(repairs.toSorted(), changes.toSorted(), line);
        await scene.assertNothingToDo();
      }
      assert.equal(await watching.end(), 0, watching.stderr);
    });

    it("is all that --prune looks at: the host's own stays", async () => {
      run('ip', ['address', 'add', '10.99.0.1/24', 'dev', 'lo']);
      run('ip', ['route', 'add', '10.98.0.0/16', 'via', '192.0.2.1']);
      run('nft', ['add', 'table', 'inet', 'theirs']);
      await using scene = new Scene(LAB, 'hosted');
      await scene.up();
      run('ip', ['address', 'add', '10.77.9.1/24', 'dev', 'wh0']);
      const before = stands();
      const { code, stdout } = await netlab(['up', '--prune', '--json', scene.file]);
      assert.equal(code, 0);
      assert.deepEqual((JSON.parse(stdout) as { changes: unknown }).changes, []);
      assert.equal(stands(), before);
    });
  });
});
