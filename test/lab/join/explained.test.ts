/** `plan --explain` of a lab with a joined node. */
import assert from 'node:assert/strict';

import { netlab, probe, requireRoot, run, Scene, tempFile } from '../../support/index.ts';
import { Owner } from './owner.ts';

const topology = (join: string): string => `
nodes:
  web: { interfaces: { eth0: { addresses: [10.70.0.1/24] } } }
  db:
    join: ${join}
    interfaces: { lab0: { addresses: [10.70.0.2/24] }, br0: { type: bridge, ports: [], addresses: [10.71.0.1/24] } }
    routes: [{ to: 198.51.100.0/24, via: 192.0.2.9, dev: own0 }]
    rules: [{ from: 10.72.0.0/24, table: 100, priority: 1000 }]
    sysctls: { net.ipv4.ip_default_ttl: 99 }
    nat: [{ masquerade: { out: own0 } }]
links: [['web:eth0', 'db:lab0']]
`;

describe('plan --explain of a joined node', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'nftables NAT', 'nft');
  });

  for (const how of ['pid', 'netns'] as const) {
    it(`the script makes there what up makes, by ${how}, and that of an edit takes it away`, async () => {
      await using owner = await Owner.make();
      const text = topology(how === 'pid' ? `{ pid: ${await owner.pid()} }` : `{ netns: ${owner.path} }`);
      await using scene = new Scene(text);
      const { code, stdout: script, stderr } = await netlab(['plan', '--explain', scene.file]);
      assert.equal(code, 0, stderr);
      const before = comparable(owner);
      await scene.up();
      const made = comparable(owner);
      assert.notDeepEqual(made, before);
      scene.write('nodes: { web: {} }');
      const away = await netlab(['plan', '--explain', scene.file]);
      await scene.down();
      assert.deepEqual(comparable(owner), before);
      try {
        run('sh', [tempFile(script, 'script.sh')]);
        assert.deepEqual(comparable(owner), made);
        run('sh', [tempFile(away.stdout.replaceAll(/^sysctl.*$/gm, ''), 'away.sh')]);
        // Settings go back by the record alone, which a script does not have.
        owner.run('sysctl -qw net.ipv4.ip_default_ttl=77');
        assert.deepEqual(comparable(owner), before);
      } finally {
        for (const node of ['web', 'db']) {
          const name = `/run/netns/${scene.name}.${node}`;
          run('sh', [
            '-c',
            `if [ -L ${name} ]; then rm ${name}; elif [ -e ${name} ]; then umount ${name} && rm ${name}; fi`,
          ]);
        }
      }
    });
  }
});

/** But for the numbers of links, and what only netlab can mark. */
function comparable(owner: Owner): unknown {
  const { links, addresses, routes, rules, nftables, settings } = owner.snapshot();
  const text = JSON.stringify({ links, addresses, routes, rules, nftables, settings }, (key, value: unknown) =>
    ['ifindex', 'protocol', 'flags', 'address'].includes(key) ? undefined : value,
  );
  return JSON.parse(text);
}
