import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';

import type { PingallReport, PingReport } from '../../../src/model/report.ts';
import { describeForUsers, inNode, netlab, probe, requireRoot, Scene, until } from '../../support/index.ts';
import type { Result } from '../../support/index.ts';

const ROW = `
nodes:
  a:
    interfaces: { eth0: { addresses: [10.0.0.2/24, "2001:db8::2/64"] }, eth1: { addresses: ["fe80::4/64"] } }
    routes: [{ to: default, via: 10.0.0.1 }, { to: default6, via: "2001:db8::1" }]
  r:
    forwarding: true
    sysctls: { net.ipv4.icmp_ratelimit: 0 }
    interfaces:
      eth0: { addresses: [10.0.0.1/24, "2001:db8::1/64"] }
      eth1: { addresses: [10.0.1.1/24, "2001:db8:1::1/64"] }
    routes: [{ to: 10.9.0.0/16, type: prohibit }]
  b:
    hostname: b.example
    interfaces: { eth0: { addresses: [10.0.1.2/24, "2001:db8:1::2/64"] } }
    routes: [{ to: default, via: 10.0.1.1 }, { to: default6, via: "2001:db8:1::1" }]
  six:
    interfaces: { eth0: { addresses: ["2001:db8:2::2/64"] } }
    routes: [{ to: default6, via: "2001:db8:2::1" }]
  quiet: {}
  far: { interfaces: { eth0: { addresses: ["fe80::5/64"] } } }
links:
  - ["a:eth1", "far:eth0"]
  - ["a:eth0", "r:eth0"]
  - ["r:eth1", "b:eth0"]
  - { endpoints: ["r:eth2", "six:eth0"] }
`.replace('    routes: [{ to: 10.9', '      eth2: { addresses: ["2001:db8:2::1/64"] }\n    routes: [{ to: 10.9');

describeForUsers('ping', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6', 'ping', 'nft');
    if (this.test?.titlePath().includes('as nobody') === true) probe(this, 'user namespaces of nobody');
    scene = new Scene(ROW);
    await scene.up();
  });
  after(() => scene?.[Symbol.asyncDispose]());

  const ask = (...words: readonly string[]): Promise<Result> =>
    netlab([words[0]!, '-l', scene.name, ...words.slice(1)]);
  const report = async (...words: readonly string[]): Promise<PingReport> => {
    const { stdout, stderr } = await ask('ping', '--json', '-c', '1', ...words);
    assert.equal(stderr, '');
    return JSON.parse(stdout) as PingReport;
  };

  it('prints what ping(8) prints', async () => {
    for (const [to, address, option] of [
      ['b', '10.0.1.2', '-4'],
      ['b', '2001:db8:1::2', '-6'],
    ] as const) {
      const own = await ask('ping', '-c', '2', '-i', '0.2', option, 'a', to);
      const theirs = inNode(scene.name, 'a', ['ping', '-n', '-c', '2', '-i', '0.2', '-s', '56', address]);
      assert.deepEqual([own.code, own.stderr], [0, '']);
      // Times differ; so does the name that was asked for, and ping(8) counts no headers of IPv6.
      const plain = (text: string): string[] =>
        text
          .replaceAll(/time[= ][0-9.]+ ?ms|= [0-9./]+ ms/g, 'TIME')
          .replaceAll(/^PING .*$|^--- .*$/gm, '')
          .trim()
          .split('\n');
      assert.deepEqual(plain(own.stdout), plain(theirs.stdout));
      assert.match(
        own.stdout,
        option === '-4' ? /^PING b \(10\.0\.1\.2\) 56\(84\) bytes of data\.$/m : /^PING b \(2001:db8:1::2\)/,
      );
    }
  });

  it('takes nodes, hostnames, interfaces and addresses, of a family that both have', async () => {
    assert.equal((await report('a', 'b')).address, '10.0.1.2');
    assert.equal((await report('a', 'b.example')).address, '10.0.1.2');
    assert.equal((await report('six', 'b')).address, '2001:db8:1::2');
    assert.equal((await report('a', 'r:eth1')).address, '10.0.1.1');
    assert.equal((await report('-6', 'a', 'r:eth1')).address, '2001:db8:1::1');
    assert.equal((await report('a', '10.0.1.1')).ok, true);
    assert.equal((await report('a', 'localhost')).address, '127.0.0.1');
    // The end of the same cable, of two that have such addresses.
    const far = await report('a', 'far:eth0');
    assert.deepEqual([far.address, far.ok], ['fe80::5%eth1', true]);
    const { addr } = /inet6 (?<addr>fe80::[0-9a-f:]+)/.exec(
      inNode(scene.name, 'r', ['ip', 'address', 'show', 'eth0']).stdout,
    )!.groups!;
    const local = await report('a', `${addr}%eth0`);
    assert.deepEqual([local.ok, local.replies[0]?.from], [true, addr]);
  });

  it('ends with 1 when nobody answers, and says why', async () => {
    await until(async () => (await report('-W', '1', 'a', '10.9.0.1')).why === 'prohibited by 10.0.0.1');
    const { code, stdout } = await ask('ping', '-c', '1', '-W', '0.2', 'r', '10.9.0.1');
    assert.equal(code, 1);
    assert.match(stdout, /^icmp_seq=1 prohibited by a route$/m);
    assert.match(stdout, /^1 packets transmitted, 0 received, \+1 errors, 100% packet loss, time \d+ms$/m);
    assert.equal((await report('quiet', '10.0.0.1')).why, 'network unreachable');
  });

  it('prints its statistics when it is interrupted, and ends with 130', async () => {
    const result = await netlab(['ping', '-l', scene.name, '-c', '0', '-i', '0.05', 'a', 'b'], {
      onSpawn: (child) =>
        child.stdout?.on('data', (chunk: Buffer) => {
          if (chunk.includes('icmp_seq=3 ')) child.kill('SIGINT');
        }),
    });
    assert.equal(result.code, 130);
    assert.match(result.stdout, /^--- b ping statistics ---\n(\d+) packets transmitted, \1 received, 0% packet loss/m);
  });

  it('names what is not there', async () => {
    for (const [words, message] of [
      [['a', 'bb'], /has no node bb; did you mean b\?/],
      [['x', 'b'], /has no node x/],
      [['a', '10.300.0.1'], /found 10\.300\.0\.1, which is no address, and no node of the lab /],
      [['a', '2001:db8::2/64'], /found 2001:db8::2\/64, which is no address/],
      [['a', 'r:eth9'], /r of \S+ has no interface eth9; did you mean eth0\?/],
      [['a', 'quiet'], /quiet has no address in the lab/],
      [['r', 'far:eth0'], /far:eth0 has only a link-local address: say ADDRESS%INTERFACE/],
      [['-4', 'a', 'six'], /six has no IPv4 address/],
      [['-6', 'a', '10.0.1.2'], /10\.0\.1\.2 is no IPv6 address/],
      [['a', 'host'], /has no part on the host/],
    ] as const) {
      const { code, stderr } = await ask('ping', ...words);
      assert.equal(code, 1, words.join(' '));
      assert.match(stderr, message);
    }
    assert.equal((await ask('ping', '-c', 'many', 'a', 'b')).code, 2);
    const { code, stderr } = await ask('ping', '-I', 'eth0', 'a', 'b');
    assert.equal(code, 2);
    assert.match(stderr, /option -I needs an address of the node's, found "eth0"/);
  });

  it('of all pairs prints the matrix, and a line for each that fails', async () => {
    const whole = await ask('pingall', 'a', 'r', 'b');
    assert.equal(whole.code, 0, whole.stdout);
    assert.match(
      whole.stdout,
      /^   a  r  b\na  -  \.  \.\nr  \.  -  \.\nb  \.  \.  -\n\n6 of 6 pairs answered in [0-9.]+ s\n$/,
    );

    const mixed = JSON.parse((await ask('pingall', '--json')).stdout) as PingallReport;
    assert.deepEqual(mixed.silent, ['quiet', 'far']);
    assert.equal(mixed.pairs.length, 12);
    assert.deepEqual([mixed.answered, mixed.failed], [12, 0]);
    assert.equal(mixed.pairs.find(({ from, to }) => from === 'six' && to === 'a')?.address, '2001:db8::2');
    const four = JSON.parse((await ask('pingall', '-4', '--json')).stdout) as PingallReport;
    assert.deepEqual(four.nodes, ['a', 'r', 'b']);

    inNode(scene.name, 'r', [
      'nft',
      'table inet t { chain c { type filter hook forward priority 0; ip saddr 10.0.0.2 icmp type echo-request drop; }; }',
    ]);
    const cut = await ask('pingall', '-W', '0.3', '-4');
    inNode(scene.name, 'r', ['nft', 'delete', 'table', 'inet', 't']);
    assert.equal(cut.code, 1);
    assert.match(
      cut.stdout,
      /^   a  r  b\na  -  \.  X\nr  \.  -  \.\nb  \.  \.  -\n\na → b \(10\.0\.1\.2\): no answer\n\n5 of 6 pairs answered in /,
    );
    const alone = await ask('pingall', 'quiet', 'a');
    assert.deepEqual([alone.code, alone.stdout], [1, '']);
    assert.match(alone.stderr, /only a has an address/);
  });
});

describe('pingall in a LAN with more neighbours than a machine has room for', () => {
  const COUNT = 46;
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'ping');
    const names = Array.from({ length: COUNT }, (_, i) => `n${i}`);
    const ports = names.map((name) => `"${name}:eth0"`).join(', ');
    scene = new Scene(
      `nodes: { ${names.map((name) => `${name}: {}`).join(', ')} }\nbridges: { lan: { subnet: 10.0.0.0/24, ports: [${ports}] } }\n`,
    );
    await scene.up();
  });
  after(() => scene?.[Symbol.asyncDispose]());

  const neighbours = (node: string): string[] =>
    inNode(scene.name, node, ['ip', 'neighbour', 'show', 'nud', 'all'])
      .stdout.split('\n')
      .filter((line) => line.startsWith('10.'));

  it('loses nothing, and leaves their tables as they were', async () => {
    assert.ok(inNode(scene.name, 'n0', ['ping', '-n', '-c', '1', '10.0.0.2']).code === 0);
    inNode(scene.name, 'n1', ['ip', 'neighbour', 'replace', '10.0.0.99', 'lladdr', '02:00:00:00:00:99', 'dev', 'eth0']);
    const before = neighbours('n0').length;
    const { code, stdout, stderr } = await netlab(['pingall', '-l', scene.name]);
    assert.deepEqual([code, stderr], [0, ''], stdout);
    assert.match(stdout, new RegExp(`^${COUNT * (COUNT - 1)} of ${COUNT * (COUNT - 1)} pairs answered`, 'm'));
    // Numbers stand over the columns, for names do not fit.
    assert.match(stdout, /^46 n45 (?:\.{5} ){9}-$/m);
    assert.equal(neighbours('n0').length, before);
    assert.match(neighbours('n1').join('\n'), /^10\.0\.0\.99 .*PERMANENT/m);
    assert.deepEqual(neighbours('n30'), []);
  });

  it('says of a node that is cut off that it does not answer ARP', async () => {
    inNode(scene.name, 'n7', ['ip', 'link', 'set', 'eth0', 'down']);
    const { code, stdout } = await netlab(['pingall', '-q', '-W', '0.4', '-l', scene.name]);
    assert.equal(code, 1);
    const lines = stdout.trim().split('\n');
    assert.equal(lines.length, 2 * (COUNT - 1), stdout);
    const arp = lines.filter((line) => line.endsWith('→ n7 (10.0.0.8): no answer, not even to ARP for 10.0.0.8'));
    assert.equal(arp.length, COUNT - 1, stdout);
    assert.equal(
      lines.filter((line) => line.startsWith('n7 → ') && line.endsWith(': network unreachable')).length,
      COUNT - 1,
    );
  });

  it('prints what it knows when it is interrupted, and ends with 130', async () => {
    let child: ChildProcess | undefined;
    // n7 is still down: all others wait for it.
    const result = netlab(['pingall', '-W', '50s', '-q', '-l', scene.name], { onSpawn: (own) => (child = own) });
    await until(() => neighbours('n0').some((line) => line.startsWith('10.0.0.8 ')));
    child?.kill('SIGINT');
    const { code, stdout } = await result;
    assert.equal(code, 130);
    assert.match(stdout, /^n0 → n7 \(10\.0\.0\.8\): (?:no answer|interrupted)/m);
    assert.deepEqual(neighbours('n30'), []);
  });
});
