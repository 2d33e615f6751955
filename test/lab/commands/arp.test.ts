/** `netlab ping --arp`: who on a link has an address. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import type { ArpReport } from '../../../src/model/report.ts';
import {
  describeForUsers,
  has,
  inNode,
  ipJson,
  netlab,
  probe,
  requireRoot,
  Scene,
  skip,
  user,
} from '../../support/index.ts';
import type { Result } from '../../support/index.ts';

/** d takes the address of c later on, which no topology may. */
const LAN = `
nodes:
  a:
    interfaces: { eth0: { addresses: [10.0.0.1/24, "2001:db8::1/64"] } }
    routes: [{ to: default, via: 10.0.0.2 }]
  b: { interfaces: { eth0: { addresses: [10.0.0.2/24, "2001:db8::2/64"] } } }
  c: { interfaces: { eth0: { addresses: [10.0.0.3/24] } } }
  d: {}
bridges:
  lan: { ports: ["a:eth0", "b:eth0", "c:eth0", "d:eth0"] }
`;

describeForUsers('ping --arp', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'ipv6');
    if (this.test?.titlePath().includes('as nobody') === true) probe(this, 'user namespaces of nobody');
    scene = new Scene(LAN);
    await scene.up();
  });
  after(() => scene?.[Symbol.asyncDispose]());

  const ask = (...words: readonly string[]): Promise<Result> => netlab(['ping', '--arp', '-l', scene.name, ...words]);
  const macOf = (node: string): string =>
    ipJson<{ address: string }>(scene.name, node, 'link', 'show', 'eth0')[0]!.address;
  const neighbours = (): string =>
    inNode(scene.name, 'a', ['ip', 'neighbour', 'show', 'nud', 'reachable', 'nud', 'stale', 'nud', 'delay']).stdout;

  it('tells the MAC address of who has it, and asks no tables', async () => {
    for (const [option, address, head] of [
      ['-4', '10.0.0.2', 'ARPING'],
      ['-6', '2001:db8::2', 'NDPING'],
    ] as const) {
      const { code, stdout, stderr } = await ask(option, '-W', '0.3', 'a', 'b');
      assert.equal(stdout, `${head} b (${address}) from a:eth0\n${address} is at ${macOf('b')} (b:eth0)\n`);
      assert.deepEqual([code, stderr], [0, '']);
    }
    assert.doesNotMatch(neighbours(), /10\.0\.0\.2 /);
    const { code, stdout } = await ask('--json', '-W', '0.3', 'a', 'b:eth0');
    const { ms, ...report } = JSON.parse(stdout) as ArpReport;
    assert.ok(ms >= 300);
    assert.deepEqual(report, {
      lab: scene.name,
      from: 'a',
      to: 'b:eth0',
      address: '10.0.0.2',
      link: 'eth0',
      ok: true,
      why: '',
      answers: [{ mac: macOf('b'), interfaces: ['b:eth0'] }],
    });
    assert.equal(code, 0);
  });

  it('finds that two have the same', async () => {
    assert.equal((await ask('-W', '0.3', 'a', '10.0.0.3')).code, 0);
    inNode(scene.name, 'd', ['ip', 'address', 'add', '10.0.0.3/24', 'dev', 'eth0']);
    const { code, stdout } = await ask('-W', '0.5', 'a', '10.0.0.3');
    assert.equal(code, 1);
    const lines = ['c', 'd'].map((node) => `10.0.0.3 is at ${macOf(node)} (${node}:eth0)`);
    assert.deepEqual(stdout.trim().split('\n').slice(1, 3).toSorted(), lines.toSorted());
    assert.match(stdout, /^10\.0\.0\.3: 2 have it$/m);
  });

  it('says why there is no answer', async () => {
    for (const [words, why] of [
      [['a', '10.0.0.77'], /^ARPING .*\n10\.0\.0\.77: no answer$/],
      [['a', '192.0.2.1'], /^192\.0\.2\.1: it is on no link of a, which sends to it by way of 10\.0\.0\.2$/],
      [['b', '192.0.2.1'], /^192\.0\.2\.1: b has no route to it$/],
      [['a', 'a'], /^10\.0\.0\.1: it is an address of a itself$/],
    ] as const) {
      const { code, stdout } = await ask('-W', '0.2', ...words);
      assert.equal(code, 1);
      assert.match(stdout.trim(), why);
    }
    const nowhere = await ask('a', 'fe80::7%eth9');
    assert.deepEqual([nowhere.code, nowhere.stdout], [1, '']);
    assert.match(nowhere.stderr, /a of \S+ has no interface eth9; did you mean eth0\?/);
    const both = await ask('-c', '3', 'a', 'b');
    assert.equal(both.code, 2);
    assert.match(both.stderr, /--arp sends no echo requests: no --count with it/);
  });

  it('is what tcpdump takes for ARP and neighbour discovery', async function () {
    if (user() !== 'root' || !has('tcpdump')) return skip(this, 'needs root and tcpdump');
    const filter = 'arp or (icmp6 and (ip6[40] = 135 or ip6[40] = 136))';
    const tcpdump = spawn('ip', ['netns', 'exec', `${scene.name}.b`, 'tcpdump', '-nlt', '-i', 'eth0', '-c4', filter]);
    let [text, notes] = ['', ''];
    tcpdump.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const listening = new Promise<void>((resolve) =>
      tcpdump.stderr.on('data', (chunk: Buffer) => {
        notes += chunk.toString();
        if (notes.includes('listening on')) resolve();
      }),
    );
    await listening;
    const ended = once(tcpdump, 'close');
    await ask('-4', '-W', '0.2', 'a', 'b');
    await ask('-6', '-W', '0.2', 'a', 'b');
    await ended;
    const lines = text.trim().split('\n');
    assert.match(
      lines[0] ?? '',
      /^ARP, Request who-has 10\.0\.0\.2 (\(ff:ff:ff:ff:ff:ff\) )?tell 10\.0\.0\.1, length 28$/,
    );
    assert.equal(lines[1], `ARP, Reply 10.0.0.2 is-at ${macOf('b')}, length 28`);
    assert.match(
      lines[2] ?? '',
      /^IP6 \S+ > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has 2001:db8::2, length 32$/,
    );
    assert.match(
      lines[3] ?? '',
      /^IP6 2001:db8::2 > \S+: ICMP6, neighbor advertisement, tgt is 2001:db8::2, length 32$/,
    );
  });
});
