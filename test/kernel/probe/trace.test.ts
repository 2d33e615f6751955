import assert from 'node:assert/strict';

import { pathMtu } from '../../../src/probe/path-mtu.ts';
import { trace } from '../../../src/probe/trace.ts';
import { probe, requireRoot, until } from '../../support/index.ts';
import type { Namespace } from '../netlink/namespace.ts';
import { openRouted, type Routed } from './routed.ts';

describe('trace and path MTU', () => {
  let lab: Routed;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6', 'ping', 'nft');
    lab = await openRouted();
  });
  after(() => lab[Symbol.dispose]());

  const path = async (where: Namespace, to: string): Promise<(string | undefined)[]> =>
    (await trace(where.fd, to, { timeout: 600 })).hops.map(({ from }) => from);

  it('names the routers, and the target last', async () => {
    assert.deepEqual(await path(lab.a, '10.0.1.2'), ['10.0.0.1', '10.0.1.2']);
    assert.deepEqual(await path(lab.a, '2001:db8:1::2'), ['2001:db8::1', '2001:db8:1::2']);
    assert.deepEqual(await path(lab.a, '10.0.0.1'), ['10.0.0.1']);
    assert.deepEqual(await path(lab.a, '127.0.0.1'), ['127.0.0.1']);
    const { ok, reached, hops } = await trace(lab.b.fd, '10.0.0.2');
    assert.deepEqual([ok, reached, hops.map(({ ttl }) => ttl)], [true, true, [1, 2]]);
    assert.ok(hops.every(({ ms = -1 }) => ms > 0 && ms < 1000));
  });

  it('ends where somebody refuses, and says why', async () => {
    await until(async () => {
      const { why, hops, reached } = await trace(lab.a.fd, '10.9.0.1', { timeout: 300 });
      return !reached && why === 'prohibited by 10.0.0.1' && hops.length === 1 && hops[0]?.from === '10.0.0.1';
    });
    const own = await trace(lab.r.fd, '10.7.0.1');
    assert.deepEqual([own.ok, own.why, own.hops], [false, 'network unreachable', []]);
  });

  it('passes over a router that is silent, and gives up where all are', async () => {
    lab.r.tool('nft', 'table ip t { chain c { type filter hook output priority 0; icmp type time-exceeded drop; }; }');
    assert.deepEqual(await path(lab.a, '10.0.1.2'), [undefined, '10.0.1.2']);
    lab.r.tool('nft', 'add table ip t; add chain ip t f { type filter hook forward priority 0; policy drop; }');
    const nothing = await trace(lab.a.fd, '10.0.1.2', { timeout: 300 });
    lab.r.tool('nft', 'flush ruleset');
    assert.deepEqual([nothing.ok, nothing.why, nothing.hops], [false, 'no answer', []]);
  });

  it('shows a loop as what it is', async () => {
    lab.r.tool('ip', 'route', 'add', '10.66.0.0/16', 'via', '10.0.1.2');
    lab.b.tool('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.icmp_ratelimit=0');
    lab.b.tool('ip', 'route', 'add', '10.66.0.0/16', 'via', '10.0.1.1');
    const { reached, hops, why } = await trace(lab.a.fd, '10.66.0.1', { maxHops: 6, timeout: 600 });
    lab.r.tool('ip', 'route', 'delete', '10.66.0.0/16');
    assert.deepEqual([reached, why], [false, 'no answer']);
    assert.deepEqual(
      hops.map(({ from }) => from),
      ['10.0.0.1', '10.0.1.2', '10.0.0.1', '10.0.1.2', '10.0.0.1', '10.0.1.2'],
    );
  });

  it('finds the largest packet that gets through, and who said so', async () => {
    for (const [to, from] of [
      ['10.0.1.2', '10.0.0.1'],
      ['2001:db8:1::2', '2001:db8::1'],
    ] as const) {
      // A second time, when the kernel has learnt it.
      for (const round of [1, 2]) {
        const { ok, mtu, from: teller, silent } = await pathMtu(lab.a.fd, to);
        assert.deepEqual(
          { ok, mtu, teller, silent },
          { ok: true, mtu: 1400, teller: from, silent: false },
          `${to}, round ${round}`,
        );
      }
    }
    const near = await pathMtu(lab.a.fd, '10.0.0.1');
    assert.deepEqual([near.mtu, near.from], [1500, '']);
    // With its headers a packet has 65535 bytes at most, whatever lo takes.
    assert.equal((await pathMtu(lab.a.fd, '127.0.0.1')).mtu, 65535);
    assert.equal((await pathMtu(lab.r.fd, '10.7.0.1')).why, 'network unreachable');
  });

  it('finds it where nobody says anything', async () => {
    lab.r.tool(
      'nft',
      'table ip t { chain c { type filter hook output priority 0; icmp type destination-unreachable drop; }; }',
    );
    const { ok, mtu, silent, from } = await pathMtu(lab.a.fd, '10.0.1.2', { timeout: 40 });
    lab.r.tool('nft', 'flush ruleset');
    assert.deepEqual({ ok, mtu, silent, from }, { ok: true, mtu: 1400, silent: true, from: '' });
    const none = await pathMtu(lab.r.fd, '10.0.1.99', { timeout: 40 });
    assert.deepEqual([none.ok, none.why, none.mtu], [false, 'no answer', 0]);
  });
});
