/** Checks of what stands in tables, logs and on the wire; and steps, which change the lab. */
import assert from 'node:assert/strict';

import { assertAll, probe, requireRoot, testTopologyText } from '../../support/index.ts';

const LAB = `
nodes:
  a: { interfaces: { eth0: { mac: "02:00:00:00:00:0a" } } }
  b:
    interfaces: { eth0: { mac: "02:00:00:00:00:0b" } }
    firewall: { input: { rules: [{ accept: { proto: icmp, counter: true, comment: echoes } },
                                 { drop: { proto: tcp, port: 9, counter: true, comment: discarded } }] } }
    processes: { web: { command: [python3, -u, -m, http.server, "80"], ready: { tcp: 80 } } }
  r:
    interfaces: { vx: { type: vxlan, id: 5, link: eth0, local: 10.0.0.3 } }
    fdb: [{ mac: "02:00:00:00:00:55", dev: vx, dst: 10.0.0.9 }]
    routes: [{ to: 10.7.0.0/16, via: 10.0.0.2 }]
    neighbors: [{ to: 10.0.0.99, mac: "02:00:00:00:00:99", dev: eth0 }]
bridges: { lan: { ports: ["a:eth0", "b:eth0", "r:eth0"], subnet: 10.0.0.0/24 } }
`;

const TRUE = `
  - { name: talk, ping: { from: a, to: b, count: 3 } }
  - { name: page, http: { from: a, url: "http://b/nothing-here", status: 404 } }
  - { name: neighbor, neighbor: { on: a, to: 10.0.0.2, mac: "02:00:00:00:00:0B", dev: eth0 }, after: talk }
  - { name: permanent neighbor, neighbor: { on: r, to: 10.0.0.99 } }
  - { name: fdb, fdb: { on: lan, mac: "02:00:00:00:00:0a", dev: a }, after: talk }
  - { name: fdb of a tunnel, fdb: { on: r, mac: "02:00:00:00:00:55", dev: vx, dst: 10.0.0.9 } }
  - name: steps of every kind
    steps:
      - { http: { from: a, url: "http://b/", status: 200 }, expect: pass }
      - { route: { on: a, to: 10.0.0.0/24 } }
      - { reach: { from: [a, b], to: [a, b] } }
      - { path: { from: a, to: b, via: [] } }
      - { rtt: { from: a, to: b, max: 1s } }
      - { neighbor: { on: a, to: 10.0.0.2 } }
      - { fdb: { on: lan, mac: "02:00:00:00:00:0b" } }
      - { nft: { on: b, comment: echoes } }
      - { log: { on: b, process: web, match: "GET / " } }
  - { name: nft, nft: { on: b, table: inet netlab, chain: input, comment: echoes, min: 3 }, after: talk }
  - { name: nft none, nft: { on: b, comment: discarded, max: 0 }, after: talk }
  - { name: log, log: { on: b, process: web, match: "GET /nothing-here .* 404" } }
  - { name: pcap during, pcap: { on: "lan:b", filter: "icmp and src host 10.0.0.1 and not dst net 10.1.0.0/16", during: talk } }
  - { name: pcap of two, pcap: { on: "b:eth0", filter: "icmp or tcp dst port 80", during: [talk, page] } }
  - { name: not seen elsewhere, pcap: { on: "r:eth0", filter: "tcp port 80", during: page }, expect: fail }
  - { name: any packet, pcap: { on: "b:eth0" }, within: 3s }
  - { name: not neighbor, neighbor: { on: r, to: 10.0.0.77 }, expect: fail, within: 300ms }
  - { name: not log, log: { on: b, process: web, match: Traceback }, expect: fail, within: 300ms }
  - name: without the server, and without the link
    after: [talk, page, pcap of two]
    steps:
      - { stop: b/web }
      - { tcp: { from: a, to: "b:80" }, expect: fail, within: 300ms }
      - { start: [b/web] }
      - { tcp: { from: a, to: "b:80" } }
      - { stop: b }
      - { link_down: "b:eth0" }
      - { ping: { from: a, to: b }, expect: fail, within: 300ms }
      - { link_up: ["b:eth0"] }
      - { name: back again, ping: { from: a, to: b } }
      - { link_down: ["a:eth0", "r:eth0"] }
      - { exec: { on: a, command: "touch /dev/shm/was-here" } }
    mend:
      - { exec: { on: a, command: "rm /dev/shm/was-here" } }
  - { name: mended, tcp: { from: a, to: "b:80" }, after: "without the server, and without the link" }
  - { name: mended route, route: { on: r, to: 10.7.0.0/16, via: 10.0.0.2 }, after: mended }
  - { name: mended file, exec: { on: a, command: test -e /dev/shm/was-here, exit: 1 }, after: mended }
`;

const WRONG = `
  - { name: talk, ping: { from: a, to: r, count: 3 }, expect: fail }
  - { name: neighbor of another MAC, neighbor: { on: r, to: 10.0.0.99, mac: "02:00:00:00:00:98" } }
  - { name: neighbor on another link, neighbor: { on: r, to: 10.0.0.99, dev: lo } }
  - { name: neighbor, neighbor: { on: r, to: 10.0.0.99 }, expect: fail }
  - { name: no neighbor, neighbor: { on: r, to: 10.0.0.77 } }
  - { name: failed neighbor, neighbor: { on: b, to: 10.0.0.78 }, after: ask for it }
  - { name: ask for it, ping: { from: b, to: 10.0.0.78 } }
  - { name: fdb of another port, fdb: { on: lan, mac: "02:00:00:00:00:0a", dev: b }, after: talk }
  - { name: fdb of another far end, fdb: { on: r, mac: "02:00:00:00:00:55", dst: 10.0.0.8 } }
  - { name: fdb of nobody, fdb: { on: lan, mac: "02:00:00:00:00:77" } }
  - { name: nft too few, nft: { on: b, comment: discarded } }
  - { name: nft too many, nft: { on: b, max: 0 }, after: reach b }
  - { name: reach b, ping: { from: a, to: b }, expect: fail }
  - { name: nft of no rule, nft: { on: b, comment: nothing }, expect: fail }
  - { name: log, log: { on: b, process: web, match: Traceback } }
  - { name: pcap, pcap: { on: "r:eth0", filter: "tcp", during: talk } }
  - { name: pcap that must not be, pcap: { on: "r:eth0", filter: "icmp", during: talk }, expect: fail }
  - { name: pcap of nothing, pcap: { on: "r:eth0", filter: "host 10.9.9.9" } }
  - { name: steps, steps: [{ link_down: "b:eth0" }, { ping: { from: a, to: b }, within: 300ms }, { exec: { on: a, command: touch /dev/shm/never } }] }
  - { name: mend, steps: [{ link_down: "b:eth0" }], mend: [{ exec: { on: a, command: exit 4 }, within: 300ms }] }
`;

describe('checks of tables, logs, packets and steps', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'bridge', 'vxlan', 'nftables', 'python3');
  });

  it('hold', async () => {
    const results = await testTopologyText(`${LAB}checks:${TRUE}`);
    assertAll(results, true);
    assert.equal(results.size, 20);
    assert.match(results.get('neighbor')?.saw ?? '', /^10\.0\.0\.2 dev eth0 lladdr 02:00:00:00:00:0b /);
    assert.match(results.get('pcap during')?.saw ?? '', /^3 for "icmp/);
  }).timeout(60_000);

  it('fail when one expectation is wrong', async () => {
    const checks = WRONG.replaceAll(/ \}$/gm, (end) => end).replaceAll(
      /^(.*name: (?!steps|mend).*) \}$/gm,
      '$1, within: 700ms }',
    );
    const results = await testTopologyText(`${LAB}checks:${checks}`);
    assert.equal(results.size, WRONG.trim().split('\n').length);
    assertAll(results, false);
    const saw = (name: string): string => results.get(name)?.saw ?? '';
    assert.match(saw('failed neighbor'), /10\.0\.0\.78 dev eth0 (failed|incomplete)/);
    assert.match(saw('nft of no rule'), /^it could not be tried: b has no such rule in the table inet netlab/);
    assert.match(saw('nft too few'), /^0 packets in one rule, expected at least 1/);
    assert.match(saw('steps'), /^step 2, ping from a to b: /);
    assert.match(saw('mend'), /^at the end, step 1, exec on a: exit 4: it ended with 4, not 0/);
    assert.match(saw('pcap'), /^none for "tcp", of \d+ packets on r:eth0/);
  }).timeout(60_000);
});
