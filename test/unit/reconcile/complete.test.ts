import assert from 'node:assert/strict';

import type { Link, Resource } from '../../../src/model/resource.ts';
import { complete } from '../../../src/reconcile/complete.ts';

const link = (name: string, more: Partial<Link>): Link => ({
  kind: 'link',
  node: 'a',
  name,
  type: 'veth',
  up: true,
  ...more,
});
const vxlan = (local: string): Partial<Link> => ({
  type: 'vxlan',
  vxlan: { id: 1, link: 'eth0', local, port: 8472, learning: false },
});
const mtus = (resources: readonly Resource[]): Record<string, number | undefined> =>
  Object.fromEntries(
    complete('lab', resources).flatMap((each) => (each.kind === 'link' ? [[each.name, each.mtu]] : [])),
  );

describe('complete', () => {
  it('gives links the MTU that the kernel would give them', () => {
    assert.deepEqual(
      mtus([
        link('eth0', { mtu: 1450 }),
        link('eth1', {}),
        link('four', vxlan('10.0.0.1')),
        link('six', vxlan('2001:db8::1')),
        link('br0', { type: 'bridge' }),
        link('br1', { type: 'bridge' }),
        link('p1', { master: 'br1', mtu: 1400 }),
        link('p2', { master: 'br1' }),
      ]),
      { eth0: 1450, eth1: 1500, four: 1400, six: 1380, br0: 1500, br1: 1400, p1: 1400, p2: 1500 },
    );
  });

  it('gives each link a MAC of its own, always the same, and keeps one that the file gives', () => {
    const macs = (lab: string): (string | undefined)[] =>
      complete(lab, [link('eth0', {}), link('eth1', {}), link('eth2', { mac: '02:00:00:00:00:09' })]).map((each) =>
        each.kind === 'link' ? each.mac : undefined,
      );
    const [first, second, given] = macs('lab');
    assert.match(first ?? '', /^02(:[0-9a-f]{2}){5}$/);
    assert.notEqual(first, second);
    assert.equal(given, '02:00:00:00:00:09');
    assert.deepEqual(macs('lab'), [first, second, given]);
    assert.notEqual(macs('other')[0], first);
  });

  it('leaves lo alone, and says of a bridge what a new one is', () => {
    const lo = link('lo', { type: 'loopback' });
    const [same, bridge] = complete('lab', [lo, link('br0', { type: 'bridge', bridge: { stp: true } })]);
    assert.equal(same, lo);
    assert.deepEqual(bridge?.kind === 'link' ? bridge.bridge : undefined, {
      stp: true,
      vlanFiltering: false,
      mcastSnooping: true,
    });
  });
});
