/** `netlab link` at the host's end of a link. */
import assert from 'node:assert/strict';

import { netlab, onFreshHost, probe, requireRoot, run, Scene } from '../../support/index.ts';

const network = (): string => run('ip', ['route', 'show']) + run('ip', ['-br', 'address']);

onFreshHost(import.meta.url, () => {
  describe("a link to the host that is cut at the host's end", function () {
    this.timeout(60_000);
    before(function () {
      requireRoot(this);
      probe(this, 'veth');
    });

    it('comes back with the routes through it, and `down` finds all of it', async () => {
      await using scene = new Scene(`
nodes:
  a: { interfaces: { eth0: { addresses: [10.20.0.2/24] } } }
  host:
    interfaces: { vga: { addresses: [10.20.0.1/24] } }
    routes: [{ to: 10.30.0.0/16, via: 10.20.0.2 }]
links: [['a:eth0', 'host:vga']]
`);
      await scene.up();
      const before = network();
      const { code, stderr } = await netlab(['link', 'down', '-l', scene.name, 'host:vga']);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(network(), /10\.30\.0\.0/);
      const refused = await netlab(['link', 'down', '-l', scene.name, 'host:lo']);
      assert.match(refused.stderr, /has no lo on the host/);
      assert.equal((await netlab(['link', 'up', '-l', scene.name, 'host:vga'])).code, 0);
      assert.equal(network(), before);
      await netlab(['link', 'down', '-l', scene.name, 'host:vga']);
    });
  });
});
