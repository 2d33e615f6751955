/** `up --watch` of a lab with a joined node. */
import assert from 'node:assert/strict';

import { netlab, probe, requireRoot, Scene, until } from '../../support/index.ts';
import { Watching } from '../drift/watching.ts';
import { Owner } from './owner.ts';

const topology = (pid: number): string => `
nodes:
  web: { interfaces: { eth0: { addresses: [10.70.0.1/24] } } }
  db:
    join: { pid: ${pid} }
    interfaces: { lab0: { addresses: [10.70.0.2/24] } }
    routes: [{ to: 10.72.0.0/24, via: 10.70.0.1 }, { to: 198.51.100.0/24, via: 192.0.2.9, dev: own0 }]
    sysctls: { net.ipv4.ip_default_ttl: 99 }
    nat: [{ masquerade: { out: own0 } }]
links: [['web:eth0', 'db:lab0']]
`;

describe('a watch of a lab with a joined node', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'nftables NAT');
  });

  it('mends what is the lab’s there, leaves the rest, and tells once that its owner has ended', async () => {
    await using owner = await Owner.make();
    const before = owner.snapshot();
    await using scene = new Scene('nodes: {}');
    scene.write(topology(await owner.pid()));
    await using watching = await Watching.start(scene.file);
    const damages: readonly (readonly [string, RegExp])[] = [
      ['ip route del 10.72.0.0/24', /^create route 10.72.0.0\/24/],
      ['ip route del 198.51.100.0/24', /^create route 198.51.100.0\/24/],
      ['sysctl -qw net.ipv4.ip_default_ttl=5', /^update sysctl net.ipv4.ip_default_ttl/],
      [`nft flush table inet netlab-${scene.name}`, /^update nat/],
      ['ip link del lab0', /^create link (db:lab0|web:eth0)/],
    ];
    for (const [damage, repair] of damages) {
      const from = watching.events.length;
      owner.run(damage);
      await watching.told(
        (event) => event.event === 'repaired' && repair.test(`${event.change.action} ${event.change.what}`),
        from,
      );
      await until(async () => (await netlab(['plan', '--exit-code', scene.file])).code === 0);
    }
    const from = watching.events.length;
    owner.run('ip route del 203.0.113.0/24; ip address add 192.0.2.77/24 dev own0');
    owner.run('ip address del 10.70.0.2/24 dev lab0');
    await until(() => watching.repairs(from).length >= 2);
    await until(async () => (await netlab(['plan', '--exit-code', scene.file])).code === 0);
    owner.run('ip address del 192.0.2.77/24 dev own0; ip route add 203.0.113.0/24 via 192.0.2.2');
    await owner.endProcess();
    await watching.told(({ event }) => event === 'left');
    owner.run('ip route del 10.72.0.0/24');
    await watching.told(({ event }) => event === 'repaired', watching.events.length);
    const left = watching.events.filter(({ event }) => event === 'left');
    assert.equal(left.length, 1);
    assert.ok(left[0]?.event === 'left' && left[0].node === 'db' && /^pid \d+$/.test(left[0].joined));
    assert.deepEqual(
      watching.events.filter(({ event }) => !['up', 'watching', 'repaired', 'left'].includes(event)),
      [],
    );
    assert.equal(await watching.end(), 0);
    await scene.down();
    assert.deepEqual(owner.snapshot(), before);
  });
});
