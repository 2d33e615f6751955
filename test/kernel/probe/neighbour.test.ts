import assert from 'node:assert/strict';

import { neighbour } from '../../../src/probe/neighbour.ts';
import { probe, requireRoot } from '../../support/index.ts';
import type { Namespace } from '../netlink/namespace.ts';
import { openRouted, type Routed } from './routed.ts';

describe('neighbour', () => {
  let lab: Routed;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6', 'ping', 'bridge');
    lab = await openRouted();
  });
  after(() => lab[Symbol.dispose]());

  const macOf = (where: Namespace, link: string): string =>
    String(where.json('ip', 'link', 'show', 'dev', link)[0]?.['address']);

  it('tells the link-layer address of who has an address, and asks no tables', async () => {
    const mac = macOf(lab.r, 'eth0');
    lab.a.tool('ip', 'neighbour', 'flush', 'all');
    for (const address of ['10.0.0.1', '2001:db8::1']) {
      const { ms, ...found } = await neighbour(lab.a.fd, 'eth0', address);
      assert.deepEqual(found, { ok: true, why: '', mac, macs: [mac] }, address);
      assert.ok(ms > 0 && ms < 1000);
    }
    assert.doesNotMatch(lab.a.tool('ip', 'neighbour', 'show', 'nud', 'reachable'), /10\.0\.0\.1 /);
  });

  it('says that nobody has it', async () => {
    for (const address of ['10.0.0.77', '2001:db8::77', '10.0.1.2']) {
      const { ok, why, mac } = await neighbour(lab.a.fd, 'eth0', address, { timeout: 150 });
      assert.deepEqual({ ok, why, mac }, { ok: false, why: 'no answer', mac: '' }, address);
    }
    assert.equal((await neighbour(lab.a.fd, 'lo', '127.0.0.1')).why, 'lo has no link-layer address');
    await assert.rejects(neighbour(lab.a.fd, 'eth9', '10.0.0.1'), { errno: 'ENODEV' });
    await assert.rejects(neighbour(lab.a.fd, 'eth0', 'r'), TypeError);
  });

  it('finds out that two have the same', async () => {
    // b and a third stand on one bridge in r.
    const c = lab.b;
    c.tool('ip', 'link', 'add', 'br0', 'type', 'bridge');
    c.tool('ip', 'link', 'set', 'br0', 'up');
    for (const [i, where] of [lab.a, lab.r].entries()) {
      c.tool(
        'ip',
        'link',
        'add',
        `p${i}`,
        'type',
        'veth',
        'peer',
        'name',
        'lan',
        'netns',
        `/proc/${process.pid}/fd/${where.fd}`,
      );
      c.tool('ip', 'link', 'set', `p${i}`, 'up', 'master', 'br0');
      where.tool('ip', 'address', 'add', '10.5.0.1/24', 'dev', 'lan');
      where.tool('ip', 'link', 'set', 'lan', 'up');
    }
    c.tool('ip', 'address', 'add', '10.5.0.9/24', 'dev', 'br0');
    const { macs } = await neighbour(c.fd, 'br0', '10.5.0.1', { all: true, timeout: 1000 });
    assert.deepEqual(macs.toSorted(), [macOf(lab.a, 'lan'), macOf(lab.r, 'lan')].toSorted());
  });
});
