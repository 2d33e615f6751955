/** A published port, from everywhere: from outside, from the node itself, from beside the target and from the target. */
import assert from 'node:assert/strict';

import { fetchIn, inNode, probe, requireRoot, Scene } from '../../support/index.ts';

// pc, web, gw on lan; gw ── outside
const topology = (net: string, host: (n: number) => string, wan: (n: number) => string, any: string): string => `
nodes:
  pc: &private
    routes: [{ to: ${any}, via: '${host(1)}' }]
  web:
    <<: *private
    interfaces: { eth0: { addresses: ['${host(80)}/${net.split('/')[1]}'] } }
    processes:
      http: { command: [python3, -m, http.server, '80', --bind, '::', --directory, /etc], ready: { tcp: 80 } }
  gw:
    forwarding: true
    interfaces:
      lan: { addresses: ['${host(1)}/${net.split('/')[1]}'] }
      wan: { addresses: ['${wan(1)}/${any === 'default' ? 24 : 64}'] }
    nat:
      - masquerade: { out: wan, from: '${net}' }
      - publish: { port: 8080, to: '${any === 'default' ? host(80) : `[${host(80)}]`}:80' }
      - redirect: { in: wan, proto: tcp, port: 8081, to: 9000 }
    processes:
      other: { command: [python3, -m, http.server, '9000', --bind, '::', --directory, /etc], ready: { tcp: 9000 } }
  outside:
    interfaces: { eth0: { addresses: ['${wan(2)}/${any === 'default' ? 24 : 64}'] } }
bridges:
  lan: { ports: ['gw:lan', 'pc:eth0', 'web:eth0'], subnet: '${net}' }
links: [['gw:wan', 'outside:eth0']]
`;

for (const [family, text, lan, wan, loopback] of [
  [
    'IPv4',
    topology(
      '192.168.1.0/24',
      (n) => `192.168.1.${n}`,
      (n) => `203.0.113.${n}`,
      'default',
    ),
    '192.168.1.1',
    '203.0.113.1',
    '127.0.0.1',
  ],
  [
    'IPv6',
    topology(
      'fd00:1::/64',
      (n) => `fd00:1::${n}`,
      (n) => `2001:db8::${n}`,
      'default6',
    ),
    '[fd00:1::1]',
    '[2001:db8::1]',
    '[::1]',
  ],
] as const) {
  describe(`a port published over ${family}`, () => {
    let scene: Scene;
    before(async function () {
      requireRoot(this);
      probe(this, 'veth', 'bridge', 'ipv6', 'curl', 'python3', 'nftables NAT');
      scene = new Scene(text, 'publish');
      await scene.up();
    });
    after(async () => {
      await scene?.[Symbol.asyncDispose]();
    });
    const page = (node: string, address: string, port = 8080): string =>
      fetchIn(scene.name, node, `http://${address}:${port}/hostname`).trim();

    for (const [node, who] of [
      ['pc', 'beside the target'],
      ['web', 'the target itself'],
      ['gw', 'the node itself'],
    ] as const) {
      it(`is reached from ${who}, at both addresses`, () => {
        assert.equal(page(node, lan), 'web');
        assert.equal(page(node, wan), 'web');
      });
    }

    it('is reached from outside', () => assert.equal(page('outside', wan), 'web'));

    it(`is reached at ${loopback}, where the kernel can`, () => {
      if (family === 'IPv4') assert.equal(page('gw', loopback), 'web');
      else {
        const { code } = inNode(scene.name, 'gw', ['curl', '-s', '-g', '-m', '2', `http://${loopback}:8080/`]);
        assert.equal(code, 7, 'refused at once: there is nothing to wait for');
      }
    });

    it('is redirected to the node itself, for whoever comes in by that interface', () => {
      assert.equal(page('outside', wan, 8081), 'gw');
      const { code } = inNode(scene.name, 'pc', ['curl', '-s', '-g', '-m', '2', `http://${lan}:8081/`]);
      assert.equal(code, 7, 'refused');
    });

    it('is not changed by a second up', () => scene.assertNothingToDo());
  });
}
