import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

import { Lab } from '../../../src/lab.ts';
import type { TopologyDocument } from '../../../src/topology/language.ts';
import { CLI, inNode, probe, requireRoot, TOPOLOGIES, uniqueLabName, until } from '../../support/index.ts';

/** A server, one that is heard by its own node alone, and a filter on the way. */
const SERVED: TopologyDocument = {
  nodes: {
    a: { routes: [{ to: 'default', via: '10.1.0.1' }], interfaces: { eth0: { addresses: ['10.1.0.2/24'] } } },
    r: {
      forwarding: true,
      interfaces: { eth0: { addresses: ['10.1.0.1/24'] }, eth1: { addresses: ['10.1.1.1/24'] } },
      nat: [
        { masquerade: { out: 'eth1' } },
        { dnat: { in: 'eth0', dest: '10.1.0.1', proto: 'tcp', port: 8080, to: '10.1.1.2:80' } },
      ],
      firewall: { forward: { rules: [{ drop: { proto: 'udp', port: 54 } }] } },
    },
    b: {
      interfaces: { eth0: { addresses: ['10.1.1.2/24'] } },
      processes: {
        web: { command: ['python3', '-m', 'http.server', '80'], ready: { tcp: 80 } },
        private: { command: ['python3', '-m', 'http.server', '--bind', '127.0.0.1', '81'], ready: { tcp: 81 } },
        echo: {
          command: [
            'python3',
            '-c',
            [
              'import socket',
              's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 53))',
              'while True: d, p = s.recvfrom(999); s.sendto(d, p)',
            ].join('\n'),
          ],
          ready: { tcp: 80 },
        },
        mute: {
          command: [
            'python3',
            '-c',
            'import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 55)); time.sleep(999)',
          ],
        },
      },
    },
  },
  links: [
    ['a:eth0', 'r:eth0'],
    ['r:eth1', 'b:eth0'],
  ],
};

describe('why, where it reaches', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'ipv6', 'nftables NAT', 'nft', 'python3');
  });

  for (const name of ['dual-stack', 'firewall-zones', 'nat-gateway', 'pod-network', 'router-chain'])
    it(`says of each pair of topologies/${name}.yaml what ping says`, async () => {
      await using lab = await Lab.up(`${TOPOLOGIES}${name}.yaml`, { name: uniqueLabName('why') });
      const { pairs, answered } = await lab.pingall();
      assert.ok(answered > 0);
      for (const { from, to, ok } of pairs) {
        const { reaches, cause, hops } = await lab.why(from, to);
        assert.equal(reaches, ok, `${from} → ${to}: ${cause?.text}`);
        assert.notEqual(cause?.word, 'unknown', cause?.text);
        // The whole way, and all of the way back.
        if (reaches) assert.deepEqual([hops[0]!.node, hops.at(-1)!.node], [from, from]);
      }
    });

  it('waits for what an interface holds back', async function () {
    probe(this, 'tbf', 'ping');
    const pair = {
      nodes: { a: {}, b: {} },
      links: [{ endpoints: ['a:eth0', 'b:eth0'] as const, subnet: '10.1.0.0/24' }],
    };
    await using lab = await Lab.up(pair, { name: uniqueLabName('slow') });
    // The first 100 bytes go at once, and ARP takes 42 of them; the echo, with its 98, has to wait for the rest.
    const words = 'tc qdisc add dev eth0 root tbf rate 800bit burst 100 limit 1000'.split(' ');
    assert.equal(inNode(lab.name, 'a', words).code, 0);
    assert.equal((await lab.why('a', 'b')).cause?.text, undefined);
    const told = inNode(lab.name, 'a', ['tc', '-s', '-j', 'qdisc', 'show', 'dev', 'eth0']).stdout;
    assert.ok((JSON.parse(told) as { overlimits: number }[])[0]!.overlimits > 0, 'it was not held back');
  });

  describe('a server behind translation', () => {
    let lab: Lab;
    before(async () => {
      lab = await Lab.up(SERVED, { name: uniqueLabName('served') });
      // A socket of UDP is there when /proc says so.
      await until(() => inNode(lab.name, 'b', ['cat', '/proc/net/udp']).stdout.match(/:003[57] /g)?.length === 2);
    });
    after(() => lab?.down());

    it('is reached by TCP and by UDP, and the translation is told', async () => {
      const direct = await lab.why('a', 'b', { proto: 'tcp', port: 80 });
      assert.equal(direct.cause?.text, undefined);
      assert.match(direct.hops[1]!.text, /writes 10\.1\.1\.1 for 10\.1\.0\.2 as its source/);
      const translated = await lab.why('a', '10.1.0.1', { proto: 'tcp', port: 8080 });
      assert.equal(translated.cause?.text, undefined);
      assert.match(translated.hops[1]!.text, /, 10\.1\.1\.2 for 10\.1\.0\.1 as its destination, 80 for 8080/);
      assert.equal((await lab.why('a', 'b', { proto: 'udp', port: 53 })).cause?.text, undefined);
    });

    it('is told where it does not answer', async () => {
      const word = async (proto: 'tcp' | 'udp', port: number): Promise<string | undefined> =>
        (await lab.why('a', 'b', { proto, port })).cause?.word;
      assert.equal(await word('udp', 54), 'filter-drop');
      assert.equal(await word('udp', 55), 'no-answer');
      const { cause } = await lab.why('a', 'b', { proto: 'tcp', port: 81 });
      assert.equal(cause?.word, 'no-listener');
      assert.match(cause.text, /127\.0\.0\.1 alone/);
    });

    it('leaves no table behind, be it interrupted or killed', async () => {
      const tables = (): string => inNode(lab.name, 'r', ['nft', 'list', 'tables']).stdout;
      const before = tables();
      for (const [signal, code] of [
        ['SIGINT', 130],
        ['SIGKILL', null],
      ] as const) {
        const child = spawn(process.execPath, [CLI, 'why', '-l', lab.name, '--proto', 'udp', '-p', '55', 'a', 'b'], {
          stdio: 'ignore',
        });
        const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
        await until(() => tables().includes('netlab-why'));
        child.kill(signal);
        assert.equal(await ended, code);
        await until(() => tables() === before);
      }
    });
  });
});
