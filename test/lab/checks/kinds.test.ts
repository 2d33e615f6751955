/** Every kind of check: true ones pass, and each expectation that is made wrong makes its check fail, and no other. */
import assert from 'node:assert/strict';

import { assertAll, probe, requireRoot, testTopologyText } from '../../support/index.ts';

const NETWORK = `
defaults: { node: { forwarding: { ipv4: true } } }
nodes:
  a: { routes: [{ to: default, via: 10.0.1.1 }] }
  r: { routes: [{ to: 10.9.9.9/32, via: 10.0.2.2 }] }
  b:
    routes: [{ to: default, via: 10.0.2.1 }]
    interfaces: { lo: { addresses: [10.9.9.9/32] } }
    files: { /srv/page: "hello from b\\n" }
    processes: { web: { command: [python3, -m, http.server, --directory, /srv, "80"], ready: { tcp: 80 } } }
  lonely: {}
links:
  - { endpoints: ["r:a", "a:eth0"], subnet: 10.0.1.0/24 }
  - { endpoints: ["r:b", "b:eth0"], subnet: 10.0.2.0/24 }
  - ["lonely:eth0", "a:eth9"]
`;

const TRUE = `
  - { name: ping, ping: { from: a, to: b, count: 2 }, points: 3 }
  - { name: ping an interface, ping: { from: a, to: "b:lo" }, within: 2s, expect: pass, after: ping }
  - { name: ping an address, ping: { from: a, to: 10.0.1.1 }, after: [ping] }
  - { name: tcp, tcp: { from: a, to: "b:80" } }
  - { name: http, http: { from: a, url: "http://b/page", status: 200, body: "hello" } }
  - { name: http without a status, http: { from: b, url: "http://localhost/page" } }
  - { name: exec, exec: { on: r, command: [sh, -c, "echo out; echo err >&2; exit 3"], exit: 3, stdout: out, stderr: err } }
  - { name: route, route: { on: a, to: default, via: 10.0.1.1, dev: eth0 } }
  - { name: a route of the kernel, route: { on: a, to: 10.0.1.0/24, dev: eth0 } }
  - { name: reach, reach: { from: all, to: all } }
  - { name: reach some, reach: { from: [a, b], to: ["r:b", 10.0.2.2] } }
  - { name: path, path: { from: a, to: b, via: [r] } }
  - { name: path of neighbours, path: { from: r, to: b, via: [] } }
  - { name: rtt, rtt: { from: a, to: b, max: 400ms } }
  - { name: not ping, ping: { from: a, to: 10.0.2.77 }, expect: fail }
  - { name: not tcp, tcp: { from: a, to: "b:81" }, expect: fail }
  - { name: not http, http: { from: a, url: "http://b/nothing" }, expect: fail }
  - { name: not exec, exec: { on: a, command: "test -e /srv/page" }, expect: fail }
  - { name: not route, route: { on: r, to: default }, expect: fail }
  - { name: not reach, reach: { from: lonely, to: a }, expect: fail }
  - { name: not path, path: { from: a, to: b, via: [] }, expect: fail }
  - { name: not rtt, rtt: { from: a, to: b, min: 1s }, expect: fail }
`;

/** One expectation wrong in each. Short, since each of them has to be waited for. */
const WRONG = `
  - { name: ping, ping: { from: a, to: b }, expect: fail }
  - { name: ping nobody, ping: { from: a, to: 10.0.2.77 } }
  - { name: one of many echoes, ping: { from: lonely, to: a } }
  - { name: tcp, tcp: { from: a, to: "b:80" }, expect: fail }
  - { name: tcp of another port, tcp: { from: a, to: "b:81" } }
  - { name: http, http: { from: a, url: "http://b/page" }, expect: fail }
  - { name: http status, http: { from: a, url: "http://b/page", status: 404 } }
  - { name: http body, http: { from: a, url: "http://b/page", body: "goodbye" } }
  - { name: http of nothing, http: { from: a, url: "http://b/nothing" } }
  - { name: exec, exec: { on: r, command: "true" }, expect: fail }
  - { name: exec exit, exec: { on: r, command: "true", exit: 1 } }
  - { name: exec stdout, exec: { on: r, command: "echo out", stdout: other } }
  - { name: exec stderr, exec: { on: r, command: "echo err >&2", stderr: other } }
  - { name: exec stderr is not stdout, exec: { on: r, command: "echo out", stderr: out } }
  - { name: exec of no command, exec: { on: r, command: [no-such-command] }, expect: fail }
  - { name: exec of what the shell does not find, exec: { on: r, command: no-such-command }, expect: fail }
  - { name: exec that hangs and is to fail, exec: { on: r, command: sleep 60 }, expect: fail }
  - { name: exec that hangs, exec: { on: r, command: sleep 60 } }
  - { name: route, route: { on: a, to: default }, expect: fail }
  - { name: route to elsewhere, route: { on: a, to: 10.0.2.0/24 } }
  - { name: route via another, route: { on: a, to: default, via: 10.0.1.9 } }
  - { name: route by another, route: { on: a, to: default, dev: lo } }
  - { name: reach, reach: { from: [a, r, b], to: [a, r, b] }, expect: fail }
  - { name: reach lonely, reach: { from: [a, lonely], to: b } }
  - { name: reach nothing, reach: { from: a, to: lonely } }
  - { name: reach nothing at all, reach: { from: a, to: lonely }, expect: fail }
  - { name: path, path: { from: a, to: b, via: [r] }, expect: fail }
  - { name: path by too few, path: { from: a, to: b, via: [] } }
  - { name: path by too many, path: { from: a, to: b, via: [r, lonely] } }
  - { name: path by another, path: { from: a, to: b, via: [lonely] } }
  - { name: path to nowhere, path: { from: a, to: 10.0.2.77, via: [r] } }
  - { name: rtt, rtt: { from: a, to: b, max: 10s }, expect: fail }
  - { name: rtt min, rtt: { from: a, to: b, min: 1s } }
  - { name: rtt max, rtt: { from: a, to: b, max: 1us } }
`;

describe('checks', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'python3');
  });

  it('hold, of every kind', async () => {
    const results = await testTopologyText(`${NETWORK}checks:${TRUE}`);
    assert.equal(results.size, TRUE.trim().split('\n').length);
    assertAll(results, true);
    assert.equal(results.get('ping')?.points, 3);
    // What must not be is looked for more than once, and not for one moment.
    for (const [name, { expect, tries, milliseconds }] of results)
      if (expect === 'fail')
        assert.ok(tries > 1 && milliseconds >= 1000, `${name}: ${tries} tries in ${milliseconds} ms`);
  });

  it('fail when one expectation is wrong, and say what was seen', async () => {
    const checks = WRONG.replaceAll(/ \}$/gm, ', within: 900ms }');
    const results = await testTopologyText(`${NETWORK}checks:${checks}`);
    assert.equal(results.size, WRONG.trim().split('\n').length);
    assertAll(results, false);
    const saw = (name: string): string => results.get(name)?.saw ?? '';
    assert.match(saw('ping'), /^it should not hold: b \(10\.0\.2\.2\) answered in /);
    assert.match(saw('tcp of another port'), /^b \(10\.0\.2\.2\), port 81: connection refused/);
    assert.match(saw('http status'), /came with status 200.*expected 404/);
    assert.match(saw('http body'), /has no "goodbye": "hello from b\\n"/);
    assert.match(saw('exec exit'), /^it ended with 0, not 1/);
    assert.match(saw('exec of no command'), /^it could not be tried: there is no such command \(exit code 127\)/);
    assert.match(saw('exec of what the shell does not find'), /^it could not be tried: there is no such command/);
    assert.match(saw('exec that hangs'), /^it had not ended after /);
    assert.match(saw('route to elsewhere'), /^a has no route to 10\.0\.2\.0\/24/);
    assert.match(saw('route via another'), /^there is the route default via 10\.0\.1\.1 dev eth0/);
    assert.match(saw('reach lonely'), /^1 of 2 pairs fail:\nlonely → b \(10\.0\.2\.2\): network unreachable/);
    assert.match(saw('reach nothing at all'), /^it could not be tried: lonely has no address/);
    assert.match(saw('path by too few'), /a → (r|\?) → …/);
    assert.match(saw('rtt max'), /which is more than/);
    // The routes of whom it is about are told.
    const about = results.get('ping nobody')?.diagnosis ?? [];
    assert.deepEqual(
      about.map(({ node }) => node),
      ['a'],
    );
    assert.ok(about[0]?.routes.includes('route default via 10.0.1.1 dev eth0'), JSON.stringify(about));
    assert.ok(about[0]?.neighbours.some((line) => line.startsWith('10.0.1.1 dev eth0 lladdr ')));
    assert.ok('web' in (results.get('http')?.diagnosis?.[1]?.logs ?? {}));
  });
});
