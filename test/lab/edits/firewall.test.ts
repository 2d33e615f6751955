import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { edited, probe, requireRoot, ruleset, Scene, until } from '../../support/index.ts';
import { BASE, describeEdits } from './bench.ts';

const rules = (lab: string, node: string): string => JSON.stringify(ruleset(lab, node));
const PORT = '          - accept: { proto: tcp, port: 9000 }\n';

describeEdits('edits: packet filter', {
  "a rule's port": {
    edit: [['port: 9000', 'port: [9000, 9001]']],
    changes: ['update firewall on c (3 rules): rule accept proto tcp port 9000 → accept proto tcp port 9000,9001'],
    kernel: (lab) => assert.ok(rules(lab, 'c').includes('"set":[9000,9001]')),
  },
  'the order of rules': {
    edit: [
      [PORT, ''],
      ['          - accept: { state', `${PORT}          - accept: { state`],
    ],
    changes: [
      'update firewall on c (3 rules): order of rules in input accept state established,related; accept proto icmp; ' +
        'accept proto tcp port 9000 → accept proto tcp port 9000; accept state established,related; accept proto icmp',
    ],
    kernel: (lab) => assert.ok(rules(lab, 'c').indexOf('9000') < rules(lab, 'c').indexOf('established')),
  },
  'a policy': {
    edit: [['policy: drop', 'policy: accept']],
    changes: ['update firewall on c (3 rules): policy of input drop → accept'],
    kernel: (lab) => assert.ok(!rules(lab, 'c').includes('"policy":"drop"')),
  },
  'NAT beside it': {
    edit: [['    firewall:\n', '    nat: [{ redirect: { proto: tcp, port: 7, to: 9000 } }]\n    firewall:\n']],
    changes: ['update nat and firewall on c (4 rules): rule unset → redirect proto tcp port 7 to 9000'],
    kernel: (lab) => assert.match(rules(lab, 'c'), /"redirect"/),
  },
  'a chain more on a node that translates': {
    edit: [['    nat:\n', '    firewall: { forward: { rules: [{ drop: { to: 10.50.0.0/16 } }] } }\n    nat:\n']],
    changes: [
      'update nat and firewall on a (3 rules): policy of forward unset → accept: rule unset → drop to 10.50.0.0/16',
    ],
    kernel: (lab) => assert.match(rules(lab, 'a'), /"hook":"forward"/),
  },
  'none any more': {
    edit: [
      [
        `    firewall:\n      input:\n        policy: drop\n        rules:\n          - accept: { state: [established, related] }\n          - accept: { proto: icmp }\n${PORT}`,
        '',
      ],
    ],
    changes: ['remove firewall on c (3 rules)'],
    kernel: (lab) => assert.ok(!rules(lab, 'c').includes('"table"')),
  },
});

describe('a firewall that changes', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'ipv6', 'nftables NAT', 'python3');
  });

  it('lets go on what goes on, and nothing through in between', async () => {
    await using scene = new Scene(BASE, 'flow');
    await scene.up();
    // A counts up and b answers, over one connection through c's packet filter; and knocks at a port that is never open.
    const server = inNode(scene.name, 'c', SERVER);
    await until(() => server.said().includes('ready'), { what: 'a server on c' });
    const client = inNode(scene.name, 'a', CLIENT);
    try {
      const count = (): number => Number(client.said().trim().split('\n').at(-1) || 0);
      await until(() => count() > 10, { what: 'an answer' });
      for (const port of [9001, 9002, 9003]) {
        await scene.become(edited(BASE, PORT, `          - drop: { proto: udp, port: ${port} }\n`));
        const before = count();
        await until(() => count() > before + 10, { what: 'an answer after the change' });
        await scene.become(BASE);
      }
      assert.ok(!server.said().includes('knock'), 'a packet to a closed port came through');
    } finally {
      // The client first: one whose server goes says so by a traceback.
      await client.end();
      await server.end();
    }
  });
});

const SERVER = `
import socket, threading
closed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); closed.bind(('10.1.0.2', 9999))
def knocks():
    closed.recv(1)
    print('knock', flush=True)
threading.Thread(target=knocks, daemon=True).start()
listener = socket.create_server(('10.1.0.2', 9000))
print('ready', flush=True)
connection, _ = listener.accept()
while data := connection.recv(1): connection.send(data)
`;
const CLIENT = `
import socket, itertools
knock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
connection = socket.create_connection(('10.1.0.2', 9000), 5)
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for n in itertools.count():
    knock.sendto(b'k', ('10.1.0.2', 9999))
    connection.send(b'x')
    assert connection.recv(1) == b'x'
    if n % 100 == 0: print(n, flush=True)
`;

function inNode(lab: string, node: string, script: string) {
  const child = spawn('ip', ['netns', 'exec', `${lab}.${node}`, 'python3', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = once(child, 'exit');
  return {
    said: () => text,
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
