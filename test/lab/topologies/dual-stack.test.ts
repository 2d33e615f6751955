import assert from 'node:assert/strict';

import { addressServer, assertPing, describeTopology, fetchIn, inNode, ping, ruleset } from '../../support/index.ts';

// pc1, pc2 ── lan ── gw ── isp ── server
describeTopology(
  'dual-stack',
  ['bridge', 'ping', 'curl', 'ipv6', 'nftables NAT'],
  {
    pc1: { eth0: ['192.168.1.2/24', '2001:db8:1::2/64'] },
    pc2: { eth0: ['192.168.1.3/24', '2001:db8:1::3/64'] },
    gw: { lan: ['192.168.1.1/24', '2001:db8:1::1/64'], wan: ['203.0.113.1/30', '2001:db8:ff::1/64'] },
    isp: { gw: ['203.0.113.2/30', '2001:db8:ff::2/64'], server: ['198.51.100.1/24', '2001:db8:80::1/64'] },
    server: { eth0: ['198.51.100.80/24', '2001:db8:80::80/64'] },
    lan: { lan: [], gw: [], pc1: [], pc2: [] },
  },
  (scene) => {
    it('reaches the server by both families', () => {
      for (const pc of ['pc1', 'pc2']) {
        assertPing(scene().name, pc, '198.51.100.80');
        assertPing(scene().name, pc, '2001:db8:80::80');
      }
    });

    it("shows the server gw's IPv4 address, and the host's own IPv6 address", async () => {
      await using _server = await addressServer(scene().name, 'server', 9000);
      assert.equal(fetchIn(scene().name, 'pc1', 'http://198.51.100.80:9000/'), '203.0.113.1');
      assert.equal(fetchIn(scene().name, 'pc1', 'http://[2001:db8:80::80]:9000/'), '2001:db8:1::2');
      assert.equal(fetchIn(scene().name, 'pc2', 'http://[2001:db8:80::80]:9000/'), '2001:db8:1::3');
    });

    it('translates no IPv6', () => {
      const rules = JSON.stringify(ruleset(scene().name, 'gw'));
      assert.ok(!rules.includes('"protocol":"ip6"'), rules);
    });

    it('lets strangers in by neither family, but for ICMPv6', async () => {
      await using _server = await addressServer(scene().name, 'pc1', 9000);
      const url = 'http://[2001:db8:1::2]:9000/';
      assert.equal(fetchIn(scene().name, 'pc2', url), '2001:db8:1::3');
      const { code } = inNode(scene().name, 'server', ['curl', '-s', '-m', '1', '-g', '--noproxy', '*', url]);
      assert.equal(code, 28, 'no answer');
      assertPing(scene().name, 'server', '2001:db8:1::2');
      assert.equal(ping(scene().name, 'server', '192.168.1.2', '-W', '1'), false);
    });

    it('tells a host that a packet is too big, through the firewall', () => {
      const { stdout, stderr } = inNode(scene().name, 'isp', ['ip', 'link', 'set', 'dev', 'server', 'mtu', '1300']);
      assert.equal(stdout + stderr, '');
      try {
        const large = ['ping', '-n', '-c', '1', '-W', '2', '-M', 'do', '-s', '1400', '2001:db8:80::80'];
        assert.match(inNode(scene().name, 'pc1', large).stdout, /Packet too big|mtu[ =]1300/i);
      } finally {
        inNode(scene().name, 'isp', ['ip', 'link', 'set', 'dev', 'server', 'mtu', '1500']);
      }
    });
  },
);
