import assert from 'node:assert/strict';

import {
  addressServer,
  assertPing,
  describeTopology,
  fetchIn,
  inNode,
  netlab,
  ping,
  ruleset,
  until,
} from '../../support/index.ts';

// pc1 pc2 web ── lan 192.168.1.0/24 ── gw ── 203.0.113.0/24 ── outside
describeTopology(
  'nat-gateway',
  ['bridge', 'ping', 'curl', 'python3', 'nftables NAT'],
  {
    pc1: { eth0: ['192.168.1.2/24'] },
    pc2: { eth0: ['192.168.1.3/24'] },
    web: { eth0: ['192.168.1.80/24'] },
    gw: { lan: ['192.168.1.1/24'], wan: ['203.0.113.1/24'] },
    outside: { eth0: ['203.0.113.2/24'] },
    lan: { lan: [], gw: [], pc1: [], pc2: [], web: [] },
  },
  (scene) => {
    it('lets private hosts out, and the outside not in', () => {
      assertPing(scene().name, 'pc1', '203.0.113.2');
      assertPing(scene().name, 'web', '203.0.113.2');
      assert.equal(ping(scene().name, 'outside', '192.168.1.80'), false);
    });

    it("shows the outside the gateway's address, and nobody inside another than one's own", async () => {
      await using _outside = await addressServer(scene().name, 'outside', 9000);
      await using _inside = await addressServer(scene().name, 'pc2', 9000);
      assert.equal(fetchIn(scene().name, 'pc1', 'http://203.0.113.2:9000/'), '203.0.113.1');
      assert.equal(fetchIn(scene().name, 'pc1', 'http://192.168.1.3:9000/'), '192.168.1.2');
      assert.equal(fetchIn(scene().name, 'gw', 'http://203.0.113.2:9000/'), '203.0.113.1');
    });

    it('publishes the web server: from outside, which it sees with its own address', async () => {
      assert.equal(fetchIn(scene().name, 'outside', 'http://203.0.113.1:8080/hostname').trim(), 'web');
      const { stdout } = await until(async () => {
        const logs = await netlab(['logs', '-l', scene().name, 'web', 'http']);
        return logs.stdout.includes('203.0.113.2') ? logs : undefined;
      });
      assert.match(stdout, /203\.0\.113\.2 - - .* "GET \/hostname/);
    });

    it('publishes it for private hosts, and for the web server itself', () => {
      for (const node of ['pc1', 'pc2', 'web'])
        assert.equal(fetchIn(scene().name, node, 'http://203.0.113.1:8080/hostname').trim(), 'web', node);
      assert.equal(fetchIn(scene().name, 'pc1', 'http://192.168.1.1:8080/hostname').trim(), 'web');
    });

    for (const address of ['127.0.0.1', '192.168.1.1', '203.0.113.1']) {
      it(`publishes it for the gateway itself, on ${address}`, () => {
        assert.equal(fetchIn(scene().name, 'gw', `http://${address}:8080/hostname`).trim(), 'web');
      });
    }

    it('publishes that port alone', () => {
      const { code } = inNode(scene().name, 'outside', ['curl', '-s', '-m', '2', 'http://203.0.113.1:80/']);
      assert.equal(code, 7, 'connection refused');
    });

    it('stands in one nftables table, as nft prints it, and in no other namespace', function () {
      const objects = ruleset(scene().name, 'gw') as Record<string, { name?: string; family?: string }>[];
      if (objects.length === 0) this.skip();
      const tables = objects.flatMap(({ table }) => (table === undefined ? [] : [`${table.family} ${table.name}`]));
      assert.deepEqual(tables, ['inet netlab']);
      for (const node of ['pc1', 'web', 'outside', 'lan']) {
        const others = ruleset(scene().name, node) as Record<string, unknown>[];
        assert.deepEqual(
          others.filter((object) => 'table' in object),
          [],
          node,
        );
      }
    });
  },
);
