/** Checks that measure: name servers, the largest packet, how much gets through. */
import { assertAll, probe, requireRoot, testTopologyText } from '../../support/index.ts';
import assert from 'node:assert/strict';

/** Knows www.lab, and that it has the address 10.0.2.2. */
const NAME_SERVER = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 53))
print("ready", flush=True)
while True:
    q, who = s.recvfrom(512)
    known = q[12:].startswith(b"\\x03www\\x03lab\\x00\\x00\\x01")
    head = q[:2] + (b"\\x81\\x80" if known else b"\\x81\\x83") + b"\\x00\\x01" + (b"\\x00\\x01" if known else b"\\x00\\x00") + b"\\x00" * 4
    s.sendto(head + q[12:] + (b"\\xc0\\x0c\\x00\\x01\\x00\\x01\\x00\\x00\\x00\\x3c\\x00\\x04\\x0a\\x00\\x02\\x02" if known else b""), who)
`;

const LAB = `
defaults: { node: { forwarding: { ipv4: true } } }
nodes:
  a: { routes: [{ to: default, via: 10.0.1.1 }] }
  r: {}
  b:
    routes: [{ to: default, via: 10.0.2.1 }]
    files: { /srv/names.py: ${JSON.stringify(NAME_SERVER)} }
    processes: { names: { command: [python3, /srv/names.py], ready: { log: ready } } }
links:
  - { endpoints: ["r:a", "a:eth0"], subnet: 10.0.1.0/24 }
  - { endpoints: ["r:b", "b:eth0"], subnet: 10.0.2.0/24, mtu: 1400 }
`;

const TRUE = `
  - { name: dns, dns: { from: a, server: b, name: www.lab, type: A, answer: 10.0.2.2, rcode: NOERROR } }
  - { name: no such name, dns: { from: a, server: b, name: nothing.lab, rcode: NXDOMAIN } }
  - { name: mtu, mtu: { from: a, to: b, min: 1400, max: 1400 } }
  - { name: throughput, throughput: { from: a, to: b, proto: tcp, time: 100ms, min: 1mbit, rate: 20mbit, max: 100mbit } }
  - { name: throughput of datagrams, throughput: { from: a, to: b, proto: udp, time: 200ms, rate: 2mbit, min: 200kbit } }
  - { name: nobody answers, dns: { from: a, server: r, name: www.lab }, expect: fail, within: 300ms }
  - name: steps of these
    steps:
      - { dns: { from: a, server: b, name: www.lab } }
      - { mtu: { from: a, to: r, min: 1500 } }
      - { throughput: { from: a, to: b, time: 50ms, min: 1kbit } }
`;

const WRONG = `
  - { name: dns, dns: { from: a, server: b, name: www.lab }, expect: fail }
  - { name: dns of another address, dns: { from: a, server: b, name: www.lab, answer: [10.0.2.2, 10.0.2.3] } }
  - { name: dns of no name, dns: { from: a, server: b, name: nothing.lab } }
  - { name: dns that is to fail, dns: { from: a, server: b, name: www.lab, rcode: NXDOMAIN } }
  - { name: no name server, dns: { from: a, server: r, name: www.lab } }
  - { name: mtu too small, mtu: { from: a, to: b, min: 1401 } }
  - { name: mtu too large, mtu: { from: a, to: b, max: 1399 } }
  - { name: mtu, mtu: { from: a, to: b, min: 1400 }, expect: fail }
  - { name: mtu of nobody, mtu: { from: a, to: 10.0.2.77, min: 100 } }
  - { name: throughput too little, throughput: { from: a, to: b, time: 100ms, rate: 1mbit, min: 1gbit } }
  - { name: throughput too much, throughput: { from: a, to: b, time: 100ms, max: 1kbit } }
  - { name: throughput to nobody, throughput: { from: a, to: 10.0.2.77, time: 100ms, min: 1kbit } }
`;

describe('checks that measure', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'python3');
  });

  it('hold', async () => {
    const results = await testTopologyText(`${LAB}checks:${TRUE}`);
    assertAll(results, true);
    assert.equal(results.size, 7);
  });

  it('fail when one expectation is wrong', async () => {
    const checks = WRONG.replaceAll(/ \}$/gm, ', within: 1s }');
    const results = await testTopologyText(`${LAB}checks:${checks}`);
    assertAll(results, false);
    assert.equal(results.size, WRONG.trim().split('\n').length);
    const saw = (name: string): string => results.get(name)?.saw ?? '';
    assert.match(
      saw('dns of another address'),
      /^b \(10\.0\.2\.2\) says NOERROR: 10\.0\.2\.2; expected 10\.0\.2\.3 among them/,
    );
    assert.match(saw('mtu too small'), /^1400 bytes reach b \(10\.0\.2\.2\), says 10\.0\.1\.1; expected at least 1401/);
    assert.match(saw('throughput to nobody'), /is no node of this lab/);
  });
});
