import assert from 'node:assert/strict';

import type { Connection } from '../../../src/model/connection.ts';
import type { WhyReport } from '../../../src/model/why.ts';
import { edited, inNode, netlab, probe, requireRoot, Scene } from '../../support/index.ts';

const TEXT = `
nodes:
  a:
    interfaces: { eth0: { addresses: [10.1.0.2/24, "fd00:1::2/64"] } }
    routes: [{ to: default, via: 10.1.0.1 }]
  r:
    forwarding: true
    interfaces: { eth0: { addresses: [10.1.0.1/24, "fd00:1::1/64"] }, eth1: { addresses: [10.1.1.1/24] } }
    nat:
      - dnat: { in: eth0, dest: 10.1.0.1, proto: tcp, port: 8080, to: "10.1.1.2:80" }
      - redirect: { in: eth0, proto: tcp, port: 99, to: 100 }
  b:
    interfaces: { eth0: { addresses: [10.1.1.2/24] } }
    routes: [{ to: default, via: 10.1.1.1 }]
    processes: { web: { command: [python3, -m, http.server, "80"], ready: { tcp: 80 } } }
links:
  - ["a:eth0", "r:eth0"]
  - ["r:eth1", "b:eth0"]
`;

describe('why and connections that nodes hold', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6', 'ping', 'python3', 'nftables NAT', 'conntrack');
    scene = new Scene(TEXT, 'held');
    await scene.up();
  });
  after(() => scene?.[Symbol.asyncDispose]());

  const ask = async (...words: readonly string[]): Promise<WhyReport> => {
    const { stdout } = await netlab(['why', '-l', scene.name, '--json', ...words]);
    return JSON.parse(stdout) as WhyReport;
  };
  /** What conntrack(8) prints of one. */
  const listed = (words: readonly string[]): string => inNode(scene.name, 'r', ['conntrack', '-L', ...words]).stdout;
  const line = ({ original, reply, protocol }: Connection): RegExp => {
    const ports = (from: number, to: number): string =>
      protocol === 'icmp' ? `type=\\d+ code=0 id=${from}` : `sport=${from} dport=${to}`;
    const [first, second] = [original, reply].map(
      (each) => `src=${each.source} dst=${each.destination} ${ports(each.sourcePort, each.destinationPort)}`,
    );
    return new RegExp(`${first} ${second}`);
  };

  it('tells the translation that connection tracking holds, ports too, in both directions', async () => {
    const { reaches, hops } = await ask('-p', '8080', 'a', '10.1.0.1');
    assert.ok(reaches);
    const [there, back] = hops.filter(({ node }) => node === 'r');
    assert.match(
      there!.text,
      /, and writes 10\.1\.1\.2 for 10\.1\.0\.1 as its destination, 80 for 8080 as its destination port$/,
    );
    assert.match(back!.text, /, and writes 10\.1\.0\.1 for 10\.1\.1\.2 as its source, 8080 for 80 as its source port$/);
    assert.deepEqual(there!.connection?.reply, back!.connection?.reply);
    assert.match(listed(['-p', 'tcp']), line(there!.connection!));
    assert.ok(there!.connection!.status.includes('dst-nat'));
    // What the others do needs no connection tracking.
    assert.deepEqual(
      hops.filter(({ node }) => node !== 'r').map(({ connection }) => connection),
      [null, null, null, null],
    );
  });

  it('tells of a translation where the packet ends', async () => {
    const { cause, hops } = await ask('-p', '99', 'a', '10.1.0.1');
    assert.equal(cause?.word, 'no-listener');
    assert.match(hops[1]!.text, /10\.1\.0\.1 is its own address, and writes 100 for 99 as its destination port$/);
  });

  it('tells connections of IPv6, too', async () => {
    const { reaches, hops } = await ask('a', 'fd00:1::1');
    const held = hops.find(({ node }) => node === 'r')?.connection;
    assert.ok(reaches && held?.protocol === 'icmp');
    assert.match(listed(['-f', 'ipv6', '-p', 'icmpv6']), line(held));
  });

  it('tells of a connection of before, which keeps the translation with which it began', async () => {
    inNode(scene.name, 'a', ['ping', '-c', '1', '-W', '1', '10.1.1.2']);
    assert.deepEqual((await ask('a', 'b')).notes, []);
    await scene.become(edited(TEXT, '    nat:\n', '    nat:\n      - masquerade: { out: eth1 }\n'));
    const { reaches, notes, hops } = await ask('a', 'b');
    assert.ok(reaches);
    assert.match(hops[1]!.text, /writes 10\.1\.1\.1 for 10\.1\.0\.2 as its source/);
    assert.match(
      notes.join('\n'),
      /^r holds a connection of before, 10\.1\.0\.2 → 10\.1\.1\.2 \(echo \d+\).*does not translate it/,
    );
    inNode(scene.name, 'r', /conntrack -D -s \S+ -d \S+/.exec(notes[0]!)![0].split(' '));
    assert.deepEqual((await ask('a', 'b')).notes, []);
  });
});
