import assert from 'node:assert/strict';

import type { Address, Link, Namespace, Nexthop, Resource, Route } from '../../../src/model/resource.ts';
import { diff } from '../../../src/reconcile/diff.ts';
import { describe as inWords, keyOf } from '../../../src/resource/index.ts';

const node = (name: string): Namespace => ({
  kind: 'namespace',
  node: name,
  role: 'node',
  hostname: name,
  isolation: ['net'],
});
const link = (name: string, of = 'a'): Link => ({ kind: 'link', node: of, name, type: 'dummy', up: true });
const address = (prefix: string, on = 'eth0', of = 'a'): Address => ({
  kind: 'address',
  node: of,
  link: on,
  prefix,
  scope: 'global',
});
const route = (to: string, hops: readonly Nexthop[], more: Partial<Route> = {}): Route => ({
  kind: 'route',
  node: 'a',
  to,
  type: 'unicast',
  table: 254,
  metric: to.includes(':') ? 1024 : 0,
  nexthops: hops,
  ...more,
});
const hop = (via: string | undefined, dev = 'eth0'): Nexthop => ({
  ...(via === undefined ? {} : { via }),
  dev,
  weight: 1,
});

/** What changes, and what is called somebody else's, when `before` is to become `after`; `foreign` is not ours. */
function change(before: readonly Resource[], after: readonly Resource[], foreign: readonly Resource[] = []) {
  const ours = new Set(before.map(keyOf));
  const { changes, unmanaged } = diff(after, { resources: [...before, ...foreign], ours });
  return {
    changes: changes.map(({ action, wanted, found, reason, disturbs }) =>
      [
        `${action} ${inWords((wanted ?? found)!)}`,
        ...(action === 'update' ? [reason] : []),
        ...(disturbs === undefined ? [] : [disturbs]),
      ].join(': '),
    ),
    unmanaged: unmanaged.map(inWords),
  };
}

const BASE = [node('a'), link('eth0'), link('eth1')];
const TAKEN = 'the kernel takes it along with address 10.0.0.1/24';

describe('diff: what the kernel takes along', () => {
  it('routes by a link that loses its last IPv4 address are put back, in every table', () => {
    const routes = [
      route('10.2.0.0/16', [hop('10.0.0.2')]),
      route('10.3.0.0/16', [hop(undefined)], { table: 100 }),
      route('10.4.0.0/16', [], { type: 'blackhole' }),
      route('fd00::/64', [hop('fd01::2')]),
      route('10.5.0.0/16', [hop('10.0.1.2', 'eth1')]),
    ];
    const others = [address('fd01::1/64'), address('10.0.1.1/24', 'eth1'), ...routes];
    assert.deepEqual(
      change([...BASE, address('10.0.0.1/24'), ...others], [...BASE, address('10.0.0.3/24'), ...others]).changes,
      [
        'create address 10.0.0.3/24 on a:eth0',
        'remove address 10.0.0.1/24 on a:eth0',
        `update route 10.2.0.0/16 via 10.0.0.2 dev eth0 on a: ${TAKEN}`,
        `update route 10.3.0.0/16 dev eth0 table 100 on a: ${TAKEN}`,
      ],
    );
  });

  it('neighbours of a link that gets another MAC address are put back, and those of others told', () => {
    const neighbour = (to: string, dev = 'eth0'): Resource => ({
      kind: 'neighbour',
      node: 'a',
      to,
      dev,
      mac: '02:00:00:00:00:02',
    });
    const with0 = (mac: string): Resource[] => [node('a'), { ...link('eth0'), mac }, link('eth1')];
    const own = [neighbour('10.0.0.2'), neighbour('10.0.1.2', 'eth1')];
    const from = [...with0('02:00:00:00:00:0a'), ...own];
    const found = change(from, [...with0('02:00:00:00:00:0b'), ...own], [neighbour('10.0.0.3')]);
    assert.deepEqual(found, {
      changes: [
        "update link a:eth0 (dummy): mac 02:00:00:00:00:0a → 02:00:00:00:00:0b: not netlab's, and lost: neighbour 10.0.0.3 (02:00:00:00:00:02) on a:eth0",
        'update neighbour 10.0.0.2 (02:00:00:00:00:02) on a:eth0: the kernel takes it along with the MAC address of its link',
      ],
      unmanaged: [],
    });
  });

  it('a route of several ways goes only with the last of them', () => {
    const routes = [
      route('10.2.0.0/16', [hop('10.0.0.2'), hop('10.0.1.2', 'eth1')]),
      route('10.3.0.0/16', [hop('10.0.0.2'), hop('10.0.0.3')]),
    ];
    const before = [...BASE, address('10.0.0.1/24'), address('10.0.1.1/24', 'eth1'), ...routes];
    const after = [...BASE, address('10.0.0.9/24'), address('10.0.1.1/24', 'eth1'), ...routes];
    assert.deepEqual(
      change(before, after).changes.filter((words) => words.startsWith('update')),
      [
        `update route 10.3.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 1 nexthop via 10.0.0.3 dev eth0 weight 1 on a: ${TAKEN}`,
      ],
    );
  });

  it('another address on the link keeps them; the source of a route does not', () => {
    const routes = [
      route('10.2.0.0/16', [hop('10.0.0.2')]),
      route('10.3.0.0/16', [hop('10.0.1.2', 'eth1')], { source: '10.0.0.1' }),
    ];
    const kept = [address('10.7.0.1/24'), address('10.0.1.1/24', 'eth1'), ...routes];
    assert.deepEqual(
      change([...BASE, ...kept, address('10.0.0.1/24')], [...BASE, ...kept, address('10.0.0.1/25')]).changes,
      [
        'create address 10.0.0.1/25 on a:eth0',
        'remove address 10.0.0.1/24 on a:eth0',
        `update route 10.3.0.0/16 via 10.0.1.2 dev eth1 on a: ${TAKEN}`,
      ],
    );
  });

  it("somebody else's are told with what takes them, and not as what stays", () => {
    const foreign = [route('10.9.0.0/16', [hop('10.0.0.2')]), route('10.8.0.0/16', [], { type: 'blackhole' })];
    assert.deepEqual(change([...BASE, address('10.0.0.1/24')], BASE, foreign), {
      changes: [
        "remove address 10.0.0.1/24 on a:eth0: not netlab's, and lost: route 10.9.0.0/16 via 10.0.0.2 dev eth0 on a",
      ],
      unmanaged: ['blackhole route 10.8.0.0/16 on a'],
    });
  });

  it('so is all that stands on a link, or in a node, that goes', () => {
    const foreign = [address('fd09::1/64', 'eth1'), route('fd09:1::/64', [hop('fd09::2', 'eth1')])];
    assert.deepEqual(change(BASE, [node('a'), link('eth0')], foreign), {
      changes: [
        "remove link a:eth1 (dummy): not netlab's, and lost: address fd09::1/64 on a:eth1, route fd09:1::/64 via fd09::2 dev eth1 on a",
      ],
      unmanaged: [],
    });
    const lo: Link = { ...link('lo', 'b'), type: 'loopback' };
    const inB = [lo, address('10.9.0.1/24', 'lo', 'b')];
    assert.deepEqual(change([...BASE, node('b')], BASE, inB), {
      changes: ["remove node b: not netlab's, and lost: address 10.9.0.1/24 on b:lo"],
      unmanaged: [],
    });
  });
});
