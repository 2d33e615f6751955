import assert from 'node:assert/strict';

import { addressServer, assertPing, describeTopology, fetchIn, inNode, ping, toolInNode } from '../../support/index.ts';

// pc ── lan ─┐
// web ─ dmz ─ fw ── wan ── outside
describeTopology(
  'firewall-zones',
  ['ping', 'curl', 'python3', 'nftables NAT'],
  {
    pc: { eth0: ['192.168.1.2/24'] },
    web: { eth0: ['192.168.2.80/24'] },
    outside: { eth0: ['203.0.113.2/24'] },
    fw: { lan: ['192.168.1.1/24'], dmz: ['192.168.2.1/24'], wan: ['203.0.113.1/24'] },
  },
  (scene) => {
    const refused = (node: string, url: string): number =>
      inNode(scene().name, node, ['curl', '-s', '-m', '1', '--noproxy', '*', url]).code;
    const [REFUSED, NO_ROUTE_OR_ANSWER] = [7, 28];

    it('lets the lan go anywhere', () => {
      assert.equal(fetchIn(scene().name, 'pc', 'http://203.0.113.2/hostname').trim(), 'outside');
      assert.equal(fetchIn(scene().name, 'pc', 'http://192.168.2.80/hostname').trim(), 'web');
      assertPing(scene().name, 'pc', '203.0.113.2');
      assertPing(scene().name, 'pc', '192.168.2.80');
    });

    it('lets the wan reach the published server, and nothing else', () => {
      assert.equal(fetchIn(scene().name, 'outside', 'http://203.0.113.1/hostname').trim(), 'web');
      assert.equal(refused('outside', 'http://203.0.113.1:22/'), NO_ROUTE_OR_ANSWER);
      assert.equal(ping(scene().name, 'outside', '203.0.113.1', '-W', '1'), false);
    });

    it('lets nothing out of the dmz but answers, tells the sender so, and counts', () => {
      const { stdout, code } = inNode(scene().name, 'web', ['ping', '-n', '-c', '1', '-W', '1', '192.168.1.2']);
      assert.notEqual(code, 0);
      assert.match(stdout, /From 192\.168\.2\.1 .*(Packet filtered|prohibited)/i);
      assert.equal(refused('web', 'http://203.0.113.2/hostname'), REFUSED);
      const rules = toolInNode(scene().name, 'fw', ['nft', 'list', 'chain', 'inet', 'netlab', 'forward']);
      const packets = /iifname "dmz" counter packets (\d+)/.exec(rules)?.[1];
      assert.ok(Number(packets) >= 2, rules);
    });

    it('answers pings of the inner zones alone, and opens no port of its own', async () => {
      assertPing(scene().name, 'pc', '192.168.1.1');
      assertPing(scene().name, 'web', '192.168.2.1');
      await using _server = await addressServer(scene().name, 'fw', 9000);
      assert.equal(fetchIn(scene().name, 'fw', 'http://127.0.0.1:9000/'), '127.0.0.1');
      assert.equal(refused('pc', 'http://192.168.1.1:9000/'), NO_ROUTE_OR_ANSWER);
    });

    it('lets ICMP errors pass that belong to a connection', () => {
      // Port 9 of outside is closed: the error that says so is `related`, and reaches pc through translation and firewall.
      const script = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.connect(('203.0.113.2', 9))
s.send(b'x')
try: s.recv(1)
except ConnectionRefusedError: print('refused')
`;
      assert.equal(inNode(scene().name, 'pc', ['python3', '-c', script]).stdout, 'refused\n');
    });
  },
);
