import assert from 'node:assert/strict';

import { describeTopology, fetchIn, inNode, ipJson, ping } from '../../support/index.ts';

const VIP = 'http://10.96.0.10/hostname';
const BACKENDS = ['b1', 'b2', 'b3'];

// client ── node ── b1, b2, b3
describeTopology(
  'service-vip',
  ['ping', 'curl', 'python3', 'nftables NAT'],
  {
    client: { eth0: ['10.0.0.2/24'] },
    node: { eth0: ['10.0.0.1/24'], b1: ['10.1.1.1/24'], b2: ['10.1.2.1/24'], b3: ['10.1.3.1/24'] },
    b1: { eth0: ['10.1.1.2/24'] },
    b2: { eth0: ['10.1.2.2/24'] },
    b3: { eth0: ['10.1.3.2/24'] },
  },
  (scene) => {
    // Of 60 connections each backend gets about 20; that one gets none happens once in 10^10.
    const count = (node: string, times: number): Record<string, number> => {
      const seen: Record<string, number> = {};
      for (let i = 0; i < times; i++) {
        const backend = fetchIn(scene().name, node, VIP).trim();
        seen[backend] = (seen[backend] ?? 0) + 1;
      }
      return seen;
    };

    for (const node of ['client', 'node', 'b1']) {
      it(`gives the connections of ${node} to all three backends`, () => {
        assert.deepEqual(Object.keys(count(node, 60)).toSorted(), BACKENDS);
      });
    }

    it('keeps a connection with the backend that it began with', () => {
      // The request comes in many packets; any that went elsewhere would be answered by a reset.
      const script = `
import socket
for _ in range(10):
    s = socket.create_connection(('10.96.0.10', 80), 3)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b'GET /hostname HTTP/1.0\\r\\n\\r\\n': s.send(bytes([byte]))
    text = b''
    while data := s.recv(4096): text += data
    assert b'200 OK' in text, text
`;
      const { code, stderr } = inNode(scene().name, 'client', ['python3', '-c', script]);
      assert.equal(code, 0, stderr);
    });

    it('has the service address nowhere: it answers at its port alone', () => {
      assert.equal(ping(scene().name, 'client', '10.96.0.10'), false);
      for (const node of ['client', 'node', ...BACKENDS]) {
        assert.ok(!JSON.stringify(ipJson(scene().name, node, 'addr')).includes('10.96.0.10'), node);
      }
    });
  },
);
