import assert from 'node:assert/strict';

import { assertPing, describeTopology, inNode, ipJson, sysctl } from '../../support/index.ts';

// left ── r1 ── r2 ── r3 ── r4 ── right; each router's eth0 looks left and its eth1 right
describeTopology(
  'router-chain',
  ['ping', 'ipv6'],
  {
    left: { eth0: ['10.1.0.1/24', 'fd00:1::1/64'] },
    r1: { eth0: ['10.1.0.254/24', 'fd00:1::fe/64'], eth1: ['10.12.0.0/31', 'fd00:12::/127'] },
    r2: { eth0: ['10.12.0.1/31', 'fd00:12::1/127'], eth1: ['10.23.0.0/31', 'fd00:23::/127'] },
    r3: { eth0: ['10.23.0.1/31', 'fd00:23::1/127'], eth1: ['10.34.0.0/31', 'fd00:34::/127'] },
    r4: { eth0: ['10.34.0.1/31', 'fd00:34::1/127'], eth1: ['10.2.0.254/24', 'fd00:2::fe/64'] },
    right: { eth0: ['10.2.0.1/24', 'fd00:2::1/64'] },
  },
  (scene) => {
    for (const [family, right, left] of [
      ['IPv4', '10.2.0.1', '10.1.0.1'],
      ['IPv6', 'fd00:2::1', 'fd00:1::1'],
    ] as const) {
      it(`leads from end to end by ${family}, both ways`, () => {
        assertPing(scene().name, 'left', right);
        assertPing(scene().name, 'right', left);
      });

      it(`takes four hops by ${family}: a packet that may take three does not arrive`, () => {
        const hops = (ttl: string) => {
          const { code, stdout } = inNode(scene().name, 'left', ['ping', '-n', '-c', '1', '-W', '1', '-t', ttl, right]);
          return { code, stdout };
        };
        assert.equal(hops('5').code, 0);
        const { code, stdout } = hops('4');
        assert.notEqual(code, 0);
        // The last router but one says so itself.
        assert.match(stdout, family === 'IPv4' ? /From 10\.34\.0\.1 .*exceeded/i : /From fd00:34::1 .*exceeded/i);
      });
    }

    it('reaches the middle from both ends', () => {
      for (const end of ['left', 'right'])
        for (const router of ['10.23.0.0', '10.23.0.1', 'fd00:23::', 'fd00:23::1']) assertPing(scene().name, end, router);
    });

    it('has the routes of the file, marked as netlab’s', () => {
      interface Route {
        dst: string;
        gateway: string;
        dev: string;
        protocol: string;
      }
      const own = (family: string) =>
        ipJson<Route>(scene().name, 'r2', family, 'route', 'show', 'proto', '110').map(({ dst, gateway, dev }) => [
          dst,
          gateway,
          dev,
        ]);
      assert.deepEqual(own('-4'), [
        ['10.1.0.0/24', '10.12.0.0', 'eth0'],
        ['10.2.0.0/24', '10.23.0.1', 'eth1'],
        ['10.34.0.0/31', '10.23.0.1', 'eth1'],
      ]);
      assert.deepEqual(own('-6'), [
        ['fd00:1::/64', 'fd00:12::', 'eth0'],
        ['fd00:2::/64', 'fd00:23::1', 'eth1'],
        ['fd00:34::/127', 'fd00:23::1', 'eth1'],
      ]);
    });

    it('lets routers forward and hosts not', () => {
      for (const key of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) {
        for (const router of ['r1', 'r2', 'r3', 'r4']) assert.equal(sysctl(scene().name, router, key), '1', router);
        for (const host of ['left', 'right']) assert.equal(sysctl(scene().name, host, key), '0', host);
      }
    });
  },
);
