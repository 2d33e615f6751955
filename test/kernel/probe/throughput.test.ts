import assert from 'node:assert/strict';

import { throughput } from '../../../src/probe/throughput.ts';
import { probe, requireRoot } from '../../support/index.ts';
import type { Namespace } from '../netlink/namespace.ts';
import { openRouted, type Routed } from './routed.ts';

describe('throughput', () => {
  let lab: Routed;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6', 'ping', 'nft');
    lab = await openRouted();
  });
  after(() => lab[Symbol.dispose]());

  /** What nft has counted of what came in. */
  const counted = (where: Namespace): { packets: number; bytes: number } => {
    const [, packets, bytes] = /counter packets (\d+) bytes (\d+)/.exec(where.tool('nft', 'list', 'ruleset')) ?? [];
    return { packets: Number(packets), bytes: Number(bytes) };
  };
  const count = (where: Namespace, match: string): void => {
    where.tool('nft', `table inet t { chain c { type filter hook input priority 0; ${match} counter; }; }`);
  };

  it('of TCP counts what has arrived', async () => {
    count(lab.b, 'tcp dport 1-65535');
    const found = await throughput(lab.a.fd, lab.b.fd, '10.0.1.2', { seconds: 0.3 });
    const { bytes } = counted(lab.b);
    lab.b.tool('nft', 'flush ruleset');
    assert.deepEqual([found.ok, found.why, found.lost], [true, '', 0]);
    // The kernel counts headers, too.
    assert.ok(found.bytes > 100_000 && found.bytes < bytes && found.bytes > 0.9 * bytes, `${found.bytes} of ${bytes}`);
    assert.ok(found.rate > 1e6, `${found.rate} bit/s`);
  });

  it('of TCP is no more than it is told', async () => {
    const found = await throughput(lab.a.fd, lab.b.fd, '2001:db8:1::2', { seconds: 0.5, rate: 8e6 });
    assert.ok(found.ok);
    // Half a second of 8 Mbit/s is 500,000 bytes.
    assert.ok(found.bytes > 50_000 && found.bytes <= 501_000, `${found.bytes} bytes`);
  });

  it('of UDP counts what is lost', async () => {
    lab.b.tool(
      'nft',
      // Behind defragmentation, for the router has cut them.
      'table inet t { chain c { type filter hook input priority 0; ct state new,established udp dport 1-65535 counter; }; }',
    );
    const found = await throughput(lab.a.fd, lab.b.fd, '10.0.1.2', { proto: 'udp', seconds: 0.3, rate: 10e6 });
    const { packets } = counted(lab.b);
    assert.deepEqual([found.ok, found.lost, found.sent], [true, 0, packets]);
    assert.ok(found.bytes <= (10e6 / 8) * 0.3 + 2000, `${found.bytes} bytes`);
    lab.b.tool('nft', 'flush ruleset');

    lab.r.tool(
      'nft',
      'table inet t { chain c { type filter hook forward priority 0; meta l4proto udp numgen inc mod 2 == 0 drop; }; }',
    );
    const half = await throughput(lab.a.fd, lab.b.fd, '2001:db8:1::2', { proto: 'udp', seconds: 0.3, rate: 4e6 });
    lab.r.tool('nft', 'flush ruleset');
    assert.ok(half.sent > 10 && Math.abs(half.lost - half.sent / 2) <= 1, `${half.lost} of ${half.sent}`);
    assert.equal(half.bytes, (half.sent - half.lost) * (1280 - 48));
  });

  it('is none where nothing gets through, and why is said', async () => {
    lab.r.tool('nft', 'table inet t { chain c { type filter hook forward priority 0; policy drop; }; }');
    const tcp = await throughput(lab.a.fd, lab.b.fd, '10.0.1.2', { timeout: 200 });
    assert.deepEqual([tcp.ok, tcp.why, tcp.rate], [false, 'no answer', 0]);
    const udp = await throughput(lab.a.fd, lab.b.fd, '10.0.1.2', { proto: 'udp', seconds: 0.05, timeout: 200 });
    lab.r.tool('nft', 'flush ruleset');
    assert.deepEqual([udp.ok, udp.why, udp.lost], [false, 'no answer', udp.sent]);
    const none = await throughput(lab.r.fd, lab.b.fd, '10.0.1.2', { proto: 'udp', seconds: 0.05 });
    assert.ok(none.ok);
    await assert.rejects(throughput(lab.a.fd, lab.b.fd, '10.0.1.3'), { errno: 'EADDRNOTAVAIL' });
  });

  it('ends when it is told to', async () => {
    const found = await throughput(lab.a.fd, lab.b.fd, '10.0.1.2', { seconds: 60, signal: AbortSignal.timeout(100) });
    assert.ok(found.ok && found.ms < 30_000, `${found.ms} ms`);
  });
});
