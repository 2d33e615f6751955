import assert from 'node:assert/strict';

import type { PingReply } from '../../../src/model/report.ts';
import { echo } from '../../../src/probe/echo.ts';
import { echoes } from '../../../src/probe/echoes.ts';
import { probe, requireRoot, until } from '../../support/index.ts';
import type { Namespace } from '../netlink/namespace.ts';
import { openRouted, type Routed } from './routed.ts';

/** A counter of the kernel's: `Icmp6InEchos` of `nstat -az`. */
function counter(where: Namespace, name: string): number {
  const line = where.tool('nstat', '-az', name).split('\n').at(1) ?? '';
  return Number(line.trim().split(/\s+/)[1]);
}

/** Routers send few refusals a second to one address (icmp_ratelimit): asked until one comes. */
async function refusedWith(where: Namespace, to: string, words: string): Promise<void> {
  await until(async () => (await echo(where.fd, to, { timeout: 300 })).why === words, { what: `${to}: ${words}` });
}

describe('echo', () => {
  let lab: Routed;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6', 'ping');
    lab = await openRouted();
  });
  after(() => lab[Symbol.dispose]());

  for (const [family, to, counted] of [
    ['IPv4', '10.0.1.2', 'IcmpInEchos'],
    ['IPv6', '2001:db8:1::2', 'Icmp6InEchos'],
  ] as const) {
    it(`is answered over ${family}, each request once, and the far kernel has counted them`, async () => {
      const before = counter(lab.b, counted);
      const heard: PingReply[] = [];
      const outcome = await echo(lab.a.fd, to, { count: 3, interval: 10, onReply: (reply) => heard.push(reply) });
      assert.deepEqual({ ok: outcome.ok, why: outcome.why }, { ok: true, why: '' });
      assert.deepEqual([outcome.sent, outcome.received, outcome.refusals.length], [3, 3, 0]);
      assert.deepEqual(heard, outcome.replies);
      for (const [i, { seq, ms, ttl, from, bytes, duplicate }] of outcome.replies.entries()) {
        assert.deepEqual(
          { seq, ttl, from, bytes, duplicate },
          { seq: i + 1, ttl: 63, from: to, bytes: 64, duplicate: false },
        );
        assert.ok(ms > 0 && ms < 1000, `${ms} ms`);
      }
      assert.equal(counter(lab.b, counted), before + 3);
    });

    it(`carries as much as is asked over ${family}, in fragments where it must`, async () => {
      for (const size of [0, 1, 8, 1400, 4000, 65507 - (family === 'IPv6' ? 20 : 0)]) {
        // The first may be lost while the path's MTU is learnt.
        const outcome = await echo(lab.a.fd, to, { size, count: 3, interval: 10 });
        assert.ok(outcome.ok, `${size} bytes: ${outcome.why}`);
        assert.equal(outcome.replies[0]?.bytes, size + 8);
      }
    });
  }

  it('says who refuses, and why', async () => {
    await refusedWith(lab.a, '10.9.0.1', 'prohibited by 10.0.0.1');
    await refusedWith(lab.a, '2001:db8:9::1', 'prohibited by 2001:db8::1');
    await refusedWith(lab.a, '10.8.0.1', 'host unreachable, says 10.0.0.1');
    await refusedWith(lab.a, '10.7.0.1', 'network unreachable, says 10.0.0.1');
    await refusedWith(lab.a, '2001:db8:7::1', 'network unreachable, says 2001:db8::1');
  });

  it('says what the own routes refuse', async () => {
    for (const [to, why] of [
      ['10.7.0.1', 'network unreachable'],
      ['10.8.0.1', 'no route to host'],
      ['10.9.0.1', 'prohibited by a route'],
      ['2001:db8:7::1', 'network unreachable'],
      ['2001:db8:8::1', 'no route to host'],
      ['2001:db8:9::1', 'prohibited by a route'],
    ] as const) {
      const outcome = await echo(lab.r.fd, to);
      assert.deepEqual(
        { ok: outcome.ok, why: outcome.why, from: outcome.refusals[0]?.from },
        { ok: false, why, from: '' },
        to,
      );
    }
  });

  it('says that a neighbour does not answer', async () => {
    const [four, six] = await Promise.all(
      ['10.0.1.77', '2001:db8:1::77'].map((to) => echo(lab.r.fd, to, { timeout: 8000 })),
    );
    assert.equal(four!.why, 'host unreachable, says 10.0.1.1');
    assert.equal(six!.why, 'host unreachable, says 2001:db8:1::1');
  });

  it('lives as many hops as it is told', async () => {
    await until(
      async () =>
        (await echo(lab.a.fd, '10.0.1.2', { ttl: 1, timeout: 300 })).why === 'time to live exceeded, says 10.0.0.1',
    );
    const outcome = await echo(lab.a.fd, '2001:db8:1::2', { ttl: 1 });
    assert.equal(outcome.why, 'time to live exceeded, says 2001:db8::1');
    assert.ok((await echo(lab.a.fd, '2001:db8:1::2', { ttl: 2 })).ok);
  });

  it('refuses to be cut, when it is told so', async () => {
    const whole = { size: 1372, dontFragment: true };
    assert.ok((await echo(lab.a.fd, '10.0.1.2', whole)).ok);
    const { why } = await echo(lab.a.fd, '10.0.1.2', { ...whole, size: 1373 });
    assert.equal(why, 'packet too big for an MTU of 1400, says 10.0.0.1');
    const six = await echo(lab.a.fd, '2001:db8:1::2', { size: 1353, dontFragment: true });
    assert.equal(six.why, 'packet too big for an MTU of 1400, says 2001:db8::1');
    assert.equal(
      (await echo(lab.a.fd, '10.0.1.2', { size: 1473, dontFragment: true })).why,
      'packet too big for the MTU',
    );
  });

  it('sends from the address that it is told, and says when there is none such', async () => {
    lab.a.tool('ip', 'address', 'add', '10.0.0.9/24', 'dev', 'eth0');
    const seen = lab.b.tool('nft', 'list', 'ruleset');
    assert.equal(seen, '');
    lab.b.tool('nft', 'table inet t { chain c { type filter hook input priority 0; ip saddr 10.0.0.9 counter; }; }');
    assert.ok((await echo(lab.a.fd, '10.0.1.2', { from: '10.0.0.9' })).ok);
    assert.match(lab.b.tool('nft', 'list', 'ruleset'), /10\.0\.0\.9 counter packets 1 /);
    const outcome = await echo(lab.a.fd, '10.0.1.2', { from: '10.0.0.10' });
    assert.deepEqual([outcome.why, outcome.sent], ['no address to send from', 0]);
  });

  it('reaches link-local addresses by the zone', async () => {
    const text = lab.r.tool('ip', '-6', '-br', 'address', 'show', 'dev', 'eth0');
    const address = /fe80::[0-9a-f:]+/.exec(text)?.[0] ?? '';
    const outcome = await echo(lab.a.fd, `${address}%eth0`);
    assert.deepEqual([outcome.ok, outcome.replies[0]?.from], [true, address]);
    await assert.rejects(echo(lab.a.fd, `${address}%eth7`), { code: 'ERR_SYSTEM', errno: 'ENODEV' });
  });

  it('hears nobody else’s answers', async () => {
    const others = lab.a.tool.bind(undefined, 'ping', '-n', '-c', '20', '-i', '0.01', '10.0.1.2');
    const own = echo(lab.a.fd, '10.0.1.2', { count: 1, ttl: 1, timeout: 400 });
    others();
    assert.equal((await own).received, 0);
  });

  it('ends when it is told to, with what it has', async () => {
    const abort = new AbortController();
    const outcome = await echo(lab.a.fd, '10.0.1.2', {
      count: Infinity,
      signal: abort.signal,
      onReply: () => abort.abort(),
    });
    assert.deepEqual([outcome.ok, outcome.sent, outcome.received], [true, 1, 1]);
    const silent = await echo(lab.b.fd, '127.0.0.9', { signal: AbortSignal.abort() });
    assert.deepEqual([silent.ok, silent.why, silent.sent], [false, 'interrupted', 0]);
  });

  it('of many pairs are under way at once, each with its own outcome', async () => {
    const before = counter(lab.b, 'IcmpInEchos');
    const many = Array.from({ length: 700 }, (_, i) => ({
      netns: lab.a.fd,
      to: i % 2 === 0 ? '10.0.1.2' : '2001:db8:1::2',
    }));
    const outcomes = await echoes([
      ...many,
      { netns: lab.r.fd, to: '10.9.0.1' },
      { netns: lab.b.fd, to: '10.0.0.2' },
      { netns: lab.b.fd, to: '192.0.2.1' },
    ]);
    assert.deepEqual([...new Set(outcomes.slice(0, 700).map(({ ok, why }) => `${ok} ${why}`))], ['true ']);
    assert.equal(outcomes[700]?.why, 'prohibited by a route');
    assert.equal(outcomes[701]?.ok, true);
    assert.equal(outcomes[702]?.why, 'network unreachable, says 10.0.1.1');
    assert.ok(counter(lab.b, 'IcmpInEchos') >= before + 350);
  });
});
