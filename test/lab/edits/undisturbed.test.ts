/** What an edit does not speak of does not notice it: no packet is lost, and no connection breaks. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { edited, probe, requireRoot, Scene, until } from '../../support/index.ts';

// x:eth0 ─── eth0:y          the path that nobody edits
// lan:eth0 ─── in:gw:out ─── eth0:far        a connection through gw's NAT
// a:eth0, b:eth0 on the bridge sw; a:eth1 ─── eth1:b
const LAB = `
nodes:
  x: { interfaces: { eth0: { addresses: [10.0.0.1/24] } } }
  y: { interfaces: { eth0: { addresses: [10.0.0.2/24] } } }
  lan:
    interfaces: { eth0: { addresses: [192.168.1.2/24] } }
    routes: [{ to: default, via: 192.168.1.1 }]
  gw:
    forwarding: true
    interfaces: { in: { addresses: [192.168.1.1/24] }, out: { addresses: [203.0.113.1/24] } }
    nat:
      - masquerade: { out: out, from: 192.168.1.0/24 }
      - dnat: { in: out, proto: tcp, port: 8080, to: '192.168.1.2:80' }
    firewall: { forward: { policy: drop, rules: [{ accept: { state: [established, related] } }, { accept: { in: in } }] } }
  far: { interfaces: { eth0: { addresses: [203.0.113.9/24] } } }
  a:
    interfaces: { eth0: { addresses: [10.2.0.1/24] }, eth1: { addresses: [10.3.0.1/24] } }
    routes: [{ to: 10.20.0.0/16, via: 10.3.0.2 }]
  b: { interfaces: { eth0: { addresses: [10.2.0.2/24] }, eth1: { addresses: [10.3.0.2/24] } } }
bridges:
  sw: { ports: ['a:eth0', 'b:eth0'] }
links:
  - ['x:eth0', 'y:eth0']
  - ['lan:eth0', 'gw:in']
  - ['gw:out', 'far:eth0']
  - ['a:eth1', 'b:eth1']
`;

type Replacement = readonly [passage: string, replacement: string];

/** Edits one after the other, each of the file as the one before has left it. */
const EDITS: Readonly<Record<string, readonly Replacement[]>> = {
  'an address more': [['[10.2.0.1/24]', '[10.2.0.1/24, 10.2.0.7/24]']],
  'a MAC address and an MTU': [
    ['[10.3.0.2/24] }', "[10.3.0.2/24], mtu: 1400, mac: '02:00:00:00:00:77' }"],
    ['[10.3.0.1/24] }', '[10.3.0.1/24], mtu: 1400 }'],
  ],
  'a route': [['via: 10.3.0.2 }]', 'via: 10.2.0.2 }]']],
  'a node and a link more': [
    ["  - ['a:eth1', 'b:eth1']", "  - ['a:eth1', 'b:eth1']\n  - ['a:eth2', 'c:eth0']"],
    ['  a:\n', '  c: {}\n  a:\n'],
  ],
  'a port more on the bridge': [["'b:eth0'] }", "'b:eth0', 'c:eth1'] }"]],
  'a bridge that learns to span trees': [["'c:eth1'] }", "'c:eth1'], stp: true }"]],
  'another rule of the NAT': [['port: 8080', 'port: 8081']],
  'a rule more in the NAT': [
    ['    nat:\n', '    nat:\n      - redirect: { in: in, proto: udp, port: 53, to: 5353 }\n'],
  ],
  'a rule more in the firewall': [['[{ accept: { state', '[{ drop: { proto: udp, port: 99 } }, { accept: { state']],
  'a link that leads elsewhere': [["['a:eth2', 'c:eth0']", "['b:eth2', 'c:eth0']"]],
  'a process more': [['  c: {}\n', "  c: { processes: { p: { command: [sleep, '40001'] } } }\n"]],
  'a hostname': [['  c: { processes', '  c: { hostname: sea, processes']],
  'a sysctl': [['  y: {', '  y: { sysctls: { net.ipv4.tcp_ecn: 1 },']],
};

/** Says a number every 10 ms, and ends with 0 when each came back in time and in order; `stop` on its input ends it. */
const CLIENT = `
import socket, sys, select, time
s = socket.create_connection(('203.0.113.9', 7000), 5)
s.settimeout(3)
count = 0
print('connected', flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    word = b'%08d' % count
    s.sendall(word)
    back = b''
    while len(back) < 8:
        more = s.recv(8 - len(back))
        if not more: sys.exit('the connection was closed')
        back += more
    if back != word: sys.exit('wrong answer')
    count += 1
    time.sleep(0.01)
print(count, flush=True)
`;
const SERVER = `
import socket
s = socket.create_server(('203.0.113.9', 7000))
print('listening', flush=True)
c, _ = s.accept()
while True:
    data = c.recv(4096)
    if not data: break
    c.sendall(data)
`;

describe('what an edit does not speak of', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'nftables NAT', 'pid namespaces', 'ping', 'python3');
    scene = new Scene(LAB, 'calm');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  /** A program in a node, and all that it has printed. */
  function start(node: string, ...argv: readonly string[]) {
    const child = spawn('ip', ['netns', 'exec', `${scene.name}.${node}`, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] });
    const program = { child, printed: '', closed: once(child, 'close') };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (program.printed += chunk.toString()));
    child.stdin.on('error', () => {});
    return program;
  }

  it('loses no packet, and no connection', async function () {
    this.timeout(120_000);
    const ping = start('x', 'ping', '-q', '-i', '0.01', '-W', '2', '10.0.0.2');
    const server = start('far', 'python3', '-c', SERVER);
    await until(() => server.printed.includes('listening'));
    const client = start('lan', 'python3', '-c', CLIENT);
    await until(() => client.printed.includes('connected'));
    try {
      let text = LAB;
      for (const [what, replacements] of Object.entries(EDITS)) {
        for (const [passage, replacement] of replacements) text = edited(text, passage, replacement);
        const changes = await scene.become(text);
        assert.ok(changes.length > 0, what);
        assert.equal(client.child.exitCode, null, `${what}: ${client.printed}`);
      }
      assert.ok((await scene.become(LAB)).length > 0);
      client.child.stdin.end('stop\n');
      ping.child.kill('SIGINT');
      const [code] = (await client.closed) as [number];
      assert.equal(code, 0, client.printed);
      assert.ok(Number(client.printed.split('\n')[1]) > 100, client.printed);
      await ping.closed;
      const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(ping.printed) ?? [];
      // It sends up to a hundred a second, and fewer on a machine that does other things.
      assert.ok(Number(sent) > 20, ping.printed);
      // The last one may be on its way when the signal comes.
      assert.ok(Number(sent) - Number(received) <= 1, ping.printed);
    } finally {
      for (const { child } of [ping, server, client]) child.kill('SIGKILL');
      await server.closed;
    }
  });
});
