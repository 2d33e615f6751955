import assert from 'node:assert/strict';

import { netlab, onFreshHost, probe, requireRoot, Scene } from '../../support/index.ts';

onFreshHost(import.meta.url, () => {
  describe('ping and the host', () => {
    it('reach each other by the lab’s own interfaces there', async function () {
      requireRoot(this);
      probe(this, 'veth', 'ping');
      const link = 'pg0';
      await using scene = new Scene(`
nodes:
  a: { interfaces: { eth0: { addresses: [198.51.100.2/30] } } }
  host: { interfaces: { ${link}: { addresses: [198.51.100.1/30] } } }
links: [["a:eth0", "host:${link}"]]
`);
      await scene.up();
      for (const [from, to, address] of [
        ['a', 'host', '198.51.100.1'],
        ['a', `host:${link}`, '198.51.100.1'],
        ['host', 'a', '198.51.100.2'],
      ] as const) {
        const { code, stdout, stderr } = await netlab(['ping', '-c', '1', '-l', scene.name, from, to]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, new RegExp(`^64 bytes from ${address}: `, 'm'));
      }
    });
  });
});
