/** The ways of packets that do not just go from one interface to the next, and packets of every kind as the wire has them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { netlab, probe, requireRoot, run, Scene, tempFolder } from '../../support/index.ts';
import { SAMPLES } from '../../unit/capture/packets.ts';

/** A LAN whose router translates what goes through it, in both directions, and back into the LAN. */
const LAN = `
nodes:
  pc1: { routes: [{ to: default, via: 10.0.1.1 }] }
  pc2: {}
  pc3: {}
  web: { routes: [{ to: default, via: 10.0.1.1 }] }
  r1:
    forwarding: { ipv4: true }
    interfaces:
      eth0: { addresses: [10.0.1.1/24] }
      eth1: { addresses: [198.51.100.2/24] }
    nat:
      - masquerade: { out: eth1, from: 10.0.1.0/24 }
      - publish: { proto: tcp, port: 8080, to: "10.0.1.5:80" }
  srv:
    interfaces: { eth0: { addresses: [198.51.100.7/24] } }
bridges:
  lan: { ports: ['r1:eth0', 'pc1:eth0', 'pc2:eth0', 'pc3:eth0', 'web:eth0'], subnet: 10.0.1.0/24 }
links:
  - ['r1:eth1', 'srv:eth0']
`;

/** Two bridges that a VXLAN joins, on a port that is no tunnel's. */
const host = (name: string, own: number, far: number): string => `
  h${own}:
    interfaces:
      eth0: { addresses: [192.168.0.${own}/24] }
      vx0: { type: vxlan, id: 42, link: eth0, local: 192.168.0.${own}, port: 5555 }
      cni0: { type: bridge, ports: [${name}, vx0], mtu: 1450 }
      ${name}: { mtu: 1450 }
    fdb: [{ mac: "00:00:00:00:00:00", dev: vx0, dst: 192.168.0.${far} }]
  ${name}: { interfaces: { eth0: { mtu: 1450, addresses: [10.1.0.${own}/24, "fd00::${own}/64"] } } }`;
const OVERLAY = `
nodes:${host('a', 1, 2)}${host('b', 2, 1)}
links:
  - ['h1:eth0', 'h2:eth0']
  - ['a:eth0', 'h1:a']
  - ['b:eth0', 'h2:b']
`;

interface Way {
  readonly text: string;
  readonly arrived: boolean | null;
  readonly toNodes: readonly string[];
  readonly sightings: readonly { readonly node: string; readonly link: string; readonly after: number | null }[];
}

/** The lines of `--follow`, without the seconds. */
async function follow(scene: Scene, command: string, ...words: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await netlab(['capture', '-l', scene.name, '--follow', ...words, '--with', command]);
  assert.match(stderr, /, 0 dropped by the kernel$/m);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\d+\.\d{6} {2}/, '').replace(/(there after) [0-9.]+ s$/, '$1'));
}

describe('the ways of packets', () => {
  describe('in a LAN', () => {
    let scene: Scene;
    before(async function () {
      requireRoot(this);
      probe(this, 'veth', 'bridge', 'nftables NAT', 'ping', 'curl', 'python3');
      scene = new Scene(LAN);
      await scene.up();
      // Who is where the bridge never learns, so that it floods everything.
      run('ip', ['-n', `${scene.name}.lan`, 'link', 'set', 'lan', 'type', 'bridge', 'ageing_time', '0']);
    });
    after(() => scene?.[Symbol.asyncDispose]());

    it('part where a bridge floods, and each of them is told', async () => {
      const script = "import socket; s = socket.socket(2, 2); s.setsockopt(1, 6, 1); s.sendto(b'x', ('10.0.1.255', 9))";
      const [text, way, ...ports] = await follow(scene, `pc1 -- python3 -c "${script}"`, '-f', 'udp');
      assert.match(text!, /^IP 10\.0\.1\.2\.\d+ → 10\.0\.1\.255\.9: UDP, length 1$/);
      assert.equal(way, '  pc1:eth0 → lan:pc1');
      assert.deepEqual(ports.toSorted(), [
        '    → lan:lan',
        '    → lan:pc2 → pc2:eth0',
        '    → lan:pc3 → pc3:eth0',
        '    → lan:r1 → r1:eth0',
        '    → lan:web → web:eth0',
      ]);
    });

    it('arrive where they were to, though others have seen them as well; a router goes on with his', async () => {
      const lines = await follow(scene, 'pc1 -- ping -n -c 1 198.51.100.7', '-f', 'icmp');
      const answer = lines.findIndex((line) => line.includes('echo reply'));
      assert.match(lines[0]!, /^IP 10\.0\.1\.2 → 198\.51\.100\.7: ICMP echo request/);
      assert.equal(lines[1], '  pc1:eth0 → lan:pc1');
      assert.deepEqual(lines.slice(2, answer - 1).toSorted(), [
        '    → lan:pc2 → pc2:eth0',
        '    → lan:pc3 → pc3:eth0',
        '    → lan:r1 → r1:eth0 → (source 198.51.100.2 instead of 10.0.1.2, ttl 63) r1:eth1 → srv:eth0',
        '    → lan:web → web:eth0',
      ]);
      assert.equal(lines[answer - 1], '  there after');
      assert.equal(
        lines[answer + 1],
        '  srv:eth0 → r1:eth1 → (destination 10.0.1.2 instead of 198.51.100.2, ttl 63) r1:eth0 → lan:r1',
      );
      assert.equal(lines.at(-1), '  there after');
    });

    it('lead into the LAN again, and through published ports, with both ends changed', async () => {
      for (const [from, request, answer] of [
        [
          'srv',
          'r1:eth1 → (destination 10.0.1.5:80 instead of 198.51.100.2:8080, ttl 63) r1:eth0',
          'r1:eth0 → (source 198.51.100.2:8080 instead of 10.0.1.5:80, ttl 63) r1:eth1',
        ],
        [
          'pc1',
          'r1:eth0 → (source 10.0.1.1:P instead of 10.0.1.2:P, destination 10.0.1.5:80 instead of 198.51.100.2:8080, ttl 63) r1:eth0',
          'r1:eth0 → (source 198.51.100.2:8080 instead of 10.0.1.5:80, destination 10.0.1.2:P instead of 10.0.1.1:P, ttl 63) r1:eth0',
        ],
      ] as const) {
        // Nobody serves there: the refusal has the same way back.
        const lines = await follow(scene, `${from} -- sh -c "curl -s 198.51.100.2:8080 || true"`, 'r1', '-f', 'tcp');
        const named = lines.map((line) => line.replaceAll(/:(?!8080|80\b)\d{4,5}/g, ':P'));
        assert.match(named[0]!, /Flags \[S\]/);
        assert.equal(named[1], `  ${request}`);
        const refusal = named.findIndex((line) => line.includes('Flags [R.]'));
        assert.equal(named[refusal + 1], `  ${answer}`, named.join('\n'));
      }
    });

    it('are all told of a great many bytes, of which a ring has no room for a tenth', async () => {
      const megabytes = 40;
      const script = `import socket, threading
server = socket.create_server(('127.0.0.1', 5000))
def serve():
  one = server.accept()[0]
  while one.recv(1 << 20): pass
  one.close()
threading.Thread(target=serve).start()
client = socket.create_connection(('127.0.0.1', 5000))
client.sendall(bytes(${megabytes << 20}))
client.close()`;
      const lines = await follow(scene, `web -- python3 -c "${script}"`, '-f', 'tcp');
      const ways = lines.filter((line) => line.startsWith('IP 127.0.0.1.'));
      const bytes = ways.reduce((sum, line) => sum + Number(/length (\d+)/.exec(line)![1]), 0);
      // What TCP has sent twice was there twice.
      assert.ok(bytes >= megabytes << 20, `${bytes}`);
      assert.equal(lines.filter((line) => line === '  web:lo').length, ways.length);
      assert.equal(lines.filter((line) => line === '  there after').length, ways.length);
    });

    it('are for programs a tree', async () => {
      const words = ['--follow', '--json', '-f', 'icmp', '--with', 'pc1 -- ping -n -c 1 10.0.1.5'];
      const { stdout } = await netlab(['capture', '-l', scene.name, ...words]);
      const ways = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Way);
      assert.equal(ways.length, 2);
      for (const [{ arrived, toNodes, sightings }, to] of [
        [ways[0]!, 'web'],
        [ways[1]!, 'pc1'],
      ] as const) {
        assert.deepEqual([arrived, toNodes], [true, [to]]);
        assert.equal(sightings.length, 10);
        const names = sightings.map(({ node, link }) => `${node}:${link}`);
        for (const [at, { after }] of sightings.entries()) {
          assert.equal(after === null, at === 0);
          if (after === null || after === 0) continue;
          // From a port of the bridge to the other end of its cable, and to ports from where it came in.
          assert.ok(
            names[at] === `${names[after]!.slice('lan:'.length)}:eth0` || after === 1,
            `${names[at]} after ${names[after]}`,
          );
        }
      }
    });
  });

  describe('through a tunnel', () => {
    let scene: Scene;
    before(async function () {
      requireRoot(this);
      probe(this, 'veth', 'bridge', 'vxlan', 'ping');
      scene = new Scene(OVERLAY);
      await scene.up();
    });
    after(() => scene?.[Symbol.asyncDispose]());

    it('go on outside, in the order in which they were packed and unpacked', async () => {
      const way = (from: string, to: string): string =>
        `  ${from}:eth0 → h1:${from} → h1:vx0 → (in VXLAN 42) h1:eth0 → h2:eth0 → (out of VXLAN 42) h2:vx0 → h2:${to} → ${to}:eth0`;
      const back = way('b', 'a').replace(/h([12])/g, (_, host) => `h${3 - Number(host)}`);
      for (const [address, words] of [
        ['10.1.0.2', /^ARP, Request who-has 10\.1\.0\.2/],
        ['fd00::2', /^IP6 fd00::1 → ff02::1:ff00:2: ICMP6, neighbor solicitation/],
      ] as const) {
        const lines = await follow(scene, `a -- ping -n -c 1 ${address}`);
        const asked = lines.findIndex((line) => words.test(line));
        const end = lines.findIndex((line, at) => at > asked && !line.startsWith(' '));
        // Each bridge is asked as well, before or after its ports are.
        assert.deepEqual(lines.slice(asked + 1, end).toSorted(), [
          '      → h2:b → b:eth0',
          '      → h2:cni0',
          '    → h1:cni0',
          '    → h1:vx0 → (in VXLAN 42) h1:eth0 → h2:eth0 → (out of VXLAN 42) h2:vx0',
          '  a:eth0 → h1:a',
        ]);
        for (const [kind, expected] of [
          ['request', way('a', 'b')],
          ['reply', back],
        ] as const) {
          const at = lines.findIndex((line) => line.includes(`echo ${kind}`));
          assert.deepEqual(lines.slice(at + 1, at + 3), [expected, '  there after'], lines.join('\n'));
        }
      }
    });

    it('go as fragments, each for itself', async () => {
      const lines = await follow(scene, 'a -- ping -n -c 1 -s 3000 fd00::2', 'a', 'b', '-f', 'ip6');
      const fragments = lines.flatMap((line, at) =>
        line.includes('fd00::1 → fd00::2: ICMP6') ? [[line, lines[at + 1]]] : [],
      );
      assert.deepEqual(
        fragments
          .filter(([line]) => line!.includes('fragment'))
          .map(([line, way]) => [line!.replace(/id \d+/, 'id N'), way]),
        [
          [
            'IP6 fd00::1 → fd00::2: ICMP6, echo request, id N, seq 1, length 1400, the first of several fragments',
            '  a:eth0 → b:eth0',
          ],
          ['IP6 fd00::1 → fd00::2: ICMP6 fragment at 1400, length 1400', '  a:eth0 → b:eth0'],
          ['IP6 fd00::1 → fd00::2: ICMP6 fragment at 2800, length 208', '  a:eth0 → b:eth0'],
        ],
      );
    });

    it('are as the wire has them, those tags too that the kernel keeps beside a packet', async function () {
      probe(this, 'python3', 'tshark');
      // Neither a frame without a header, nor one whose tag is cut off, goes over a cable.
      const frames = SAMPLES.filter(
        ({ header, hex, name }) => header === undefined && hex.length >= 28 && name !== 'vlan cut',
      );
      const [list, file] = ['frames.json', 'frames.pcapng'].map((name) => join(tempFolder(), `${scene.name}-${name}`));
      writeFileSync(list!, JSON.stringify(frames.map(({ hex }) => hex)));
      const script = `import json, socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('lo', 0))
for frame in json.load(open('${list}')): s.send(bytes.fromhex(frame))`;
      // On lo nobody else speaks.
      const command = `h1 -- python3 -c "${script}"`;
      const { code, stderr } = await netlab(['capture', '-l', scene.name, 'h1:lo', '-w', file!, '--with', command]);
      assert.equal(code, 0, stderr);
      const seen = JSON.parse(run('tshark', ['-r', file!, '-T', 'jsonraw', '-j', 'frame'])) as {
        readonly _source: { readonly layers: { readonly frame_raw: readonly [string] } };
      }[];
      const hexes = seen.map(({ _source: { layers } }) => layers.frame_raw[0]);
      // What answers there are to such packets comes among them.
      const sent = frames.filter(({ hex }) => !hexes.includes(hex));
      assert.deepEqual(
        sent.map(({ name }) => name),
        [],
      );
      const tagged = frames.filter(({ words }) => words.startsWith('vlan '));
      assert.ok(tagged.length >= 4);
    });
  });
});
