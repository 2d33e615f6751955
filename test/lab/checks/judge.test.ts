/** When a check is decided: it waits for what comes, is not deceived by a moment, and never hangs. */
import assert from 'node:assert/strict';

import { assertAll, probe, requireRoot, testTopologyText } from '../../support/index.ts';

/** A node that changes by itself: with `late` a route, with `flap` a route that comes and goes. */
const CHANGING = (script: string, checks: string): string => `
nodes:
  a: { processes: { change: { command: "${script}" } } }
  b: {}
links: [{ endpoints: ["a:eth0", "b:eth0"], subnet: 10.0.0.0/24 }]
checks:
${checks}
`;

describe('a check', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth');
  });

  it('waits until it holds', async () => {
    const results = await testTopologyText(
      CHANGING(
        'sleep 0.7; ip route add 10.5.0.0/24 via 10.0.0.2; touch /dev/shm/late; ip address add 10.0.0.9/24 dev eth0',
        `  - { name: route, route: { on: a, to: 10.5.0.0/24 } }
  - { name: exec, exec: { on: a, command: test -e /dev/shm/late } }
  - { name: ping, ping: { from: b, to: 10.0.0.9 } }`,
      ),
    );
    assertAll(results, true);
    for (const { name, tries } of results.values()) assert.ok(tries > 1, `${name}: ${tries}`);
    // The kernel tells of routes, so nobody need ask for them all the time.
    const { tries = 0 } = results.get('route') ?? {};
    assert.ok(tries < 20, `${tries} tries`);
  });

  it('that must not hold waits until it does not, for a stretch', async () => {
    const results = await testTopologyText(
      CHANGING(
        'sleep 0.7; ip route del 10.0.0.0/24',
        `  - { name: gone, ping: { from: a, to: b }, expect: fail }
  - { name: slow, exec: { on: b, command: "sleep 1.2; exit 1" }, expect: fail, within: 2s }`,
      ),
    );
    assertAll(results, true);
    // The second try was cut off by the end, and says nothing: neither for it nor against it.
    assert.match(results.get('slow')?.saw ?? '', /^not in 2\d{3} ms: it ended with 1, not 0/);
    const { tries = 0, milliseconds = 0, saw } = results.get('gone') ?? {};
    assert.ok(tries > 3 && milliseconds > 1000, `${tries} tries in ${milliseconds} ms`);
    assert.match(saw ?? '', /^not in \d+ ms: b \(10\.0\.0\.2\): network unreachable/);
  });

  it('that must not hold is not deceived by a moment in which it does not', async () => {
    const flap = 'while :; do ip route del 10.0.0.0/24; sleep 0.3; ip route add 10.0.0.0/24 dev eth0; sleep 0.3; done';
    const checks = `
  - { name: route, route: { on: a, to: 10.0.0.0/24 }, expect: fail, within: 3s }
  - { name: ping, ping: { from: a, to: b }, expect: fail, within: 3s }`;
    const results = await testTopologyText(CHANGING(flap, checks));
    assertAll(results, false);
    for (const { name, saw } of results.values()) assert.match(saw, /^it should not hold/, name);
  });

  it('comes after those that it names, and all else is done at once', async () => {
    const say = (name: string, more = ''): string =>
      `  - { name: ${name}, exec: { on: a, command: "sleep 0.2; echo ${name} >> /dev/shm/order" }${more} }`;
    const read =
      '{ name: order, exec: { on: a, command: cat /dev/shm/order, stdout: "one\\ntwo\\n" }, after: [two, one] }';
    const results = await testTopologyText(
      CHANGING('true', [`  - ${read}`, say('two', ', after: one'), say('one')].join('\n')),
    );
    assertAll(results, true);
  });

  it('never hangs', async () => {
    const results = await testTopologyText(
      CHANGING(
        "trap '' TERM INT HUP; nc -lk 80 || sleep 60",
        `  - { name: exec, exec: { on: a, command: "trap '' TERM; sleep 60 & wait" }, within: 500ms }
  - { name: background, exec: { on: a, command: "sleep 61 & exit 1" }, within: 500ms }
  - { name: ping, ping: { from: a, to: 10.0.0.77, count: 1000 }, within: 500ms }
  - { name: tcp, tcp: { from: a, to: "10.0.0.77:80" }, within: 500ms }
  - { name: http, http: { from: a, url: "http://10.0.0.77/" }, within: 500ms }
  - { name: path, path: { from: a, to: 10.0.0.77, via: [] }, within: 500ms }
  - { name: rtt, rtt: { from: a, to: 10.0.0.77, max: 1s }, within: 500ms }
  - { name: reach, reach: { from: [a, b], to: 10.0.0.77 }, within: 500ms }`,
      ),
    );
    assertAll(results, false);
    for (const { name, milliseconds } of results.values())
      assert.ok(milliseconds < 15_000, `${name} took ${milliseconds} ms of 500`);
  });
});
