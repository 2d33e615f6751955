/** Every key of `routes` and `rules`, as iproute2 prints what the kernel has. */
import assert from 'node:assert/strict';

import { inShort, ipJson, probe, requireRoot, Scene } from '../../support/index.ts';

const BASE = `
nodes:
  r:
    forwarding: true
    interfaces:
      lo: { addresses: [10.255.0.1/32, 'fd00:ff::1/128'] }
      a: { addresses: [10.0.1.1/24, 'fd00:1::1/64'] }
      b: { addresses: [10.0.2.1/24, 'fd00:2::1/64'] }
    routes:
      - { to: 10.1.0.0/16, via: 10.0.1.2, src: 10.255.0.1, mtu: 1300, metric: 7 }
      - { to: 'fd01::/64', via: 'fd00:1::2', src: 'fd00:ff::1', mtu: 1300, metric: 7 }
      - { to: 10.2.0.0/16, dev: b, scope: link }
      - { to: 'fd02::/64', dev: b }
      - { to: 10.3.0.0/16, via: 10.77.0.1, dev: a, onlink: true }
      - { to: 'fd03::/64', via: 'fd77::1', dev: a, onlink: true }
      - { to: 10.4.0.0/16, nexthops: [{ via: 10.0.1.2, weight: 3 }, { via: 10.0.2.2 }, { via: 10.78.0.1, dev: b, onlink: true }] }
      - { to: 'fd04::/64', nexthops: [{ via: 'fd00:1::2', weight: 3 }, { via: 'fd00:2::2', weight: 2 }] }
      - { to: default, via: 10.0.1.2, table: default }
      - { to: default6, via: 'fd00:1::2', table: 300 }
      - { to: 10.5.0.0/16, via: 10.0.1.2, table: main, type: unicast, scope: global }
      - { to: 10.6.0.0/16, via: 10.0.2.2, table: local }
      - { to: 10.10.0.0/16, type: blackhole }
      - { to: 10.11.0.0/16, type: unreachable }
      - { to: 10.12.0.0/16, type: prohibit }
      - { to: 10.13.0.0/16, type: throw, table: 300 }
      - { to: 'fd10::/64', type: blackhole }
      - { to: 'fd11::/64', type: unreachable }
      - { to: 'fd12::/64', type: prohibit }
      - { to: 'fd13::/64', type: throw, table: 300 }
    rules:
      - { from: 10.1.0.0/16, to: 10.2.0.0/16, iif: a, oif: b, fwmark: 9, table: 300, priority: 500 }
      - { from: 'fd01::/64', to: 'fd02::/64', iif: a, table: 300, priority: 501 }
      - { to: 'fd05::1', table: main }
      - { fwmark: 1, table: default }
      - { from: 10.6.0.0/16, table: local }
  s: {}
links: [['r:a', 's:a'], ['r:b', 's:b']]
`;

interface Route {
  readonly dst: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

describe('routes and rules, key by key', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'ipv6');
    scene = new Scene(BASE, 'routes');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const route = (family: '-4' | '-6', dst: string, table = 'main'): Route => {
    const list = ipJson<Route>(scene.name, 'r', family, 'route', 'show', 'table', table, 'exact', dst);
    assert.equal(list.length, 1, `${dst} in ${table}`);
    assert.equal(list[0]!['protocol'], '110');
    return list[0]!;
  };
  const pick = (from: Route, ...keys: readonly string[]): unknown[] => keys.map((key) => from[key]);

  it('src, mtu and metric', () => {
    const keys = ['gateway', 'dev', 'prefsrc', 'metric', 'metrics'];
    assert.deepEqual(pick(route('-4', '10.1.0.0/16'), ...keys), ['10.0.1.2', 'a', '10.255.0.1', 7, [{ mtu: 1300 }]]);
    assert.deepEqual(pick(route('-6', 'fd01::/64'), ...keys), ['fd00:1::2', 'a', 'fd00:ff::1', 7, [{ mtu: 1300 }]]);
  });

  it('dev and scope', () => {
    assert.deepEqual(pick(route('-4', '10.2.0.0/16'), 'gateway', 'dev', 'scope'), [undefined, 'b', 'link']);
    assert.deepEqual(pick(route('-6', 'fd02::/64'), 'gateway', 'dev', 'metric'), [undefined, 'b', 1024]);
  });

  it('onlink', () => {
    assert.deepEqual(pick(route('-4', '10.3.0.0/16'), 'gateway', 'flags'), ['10.77.0.1', ['onlink']]);
    assert.deepEqual(pick(route('-6', 'fd03::/64'), 'gateway', 'flags'), ['fd77::1', ['onlink']]);
  });

  it('next hops with weights', () => {
    interface Hop {
      readonly gateway: string;
      readonly dev: string;
      readonly weight: number;
      readonly flags: readonly string[];
    }
    const hops = (from: Route): unknown[] =>
      (from['nexthops'] as readonly Hop[]).map(({ gateway, dev, weight, flags }) => [gateway, dev, weight, flags]);
    assert.deepEqual(hops(route('-4', '10.4.0.0/16')), [
      ['10.0.1.2', 'a', 3, []],
      ['10.0.2.2', 'b', 1, []],
      ['10.78.0.1', 'b', 1, ['onlink']],
    ]);
    assert.deepEqual(hops(route('-6', 'fd04::/64')), [
      ['fd00:1::2', 'a', 3, []],
      ['fd00:2::2', 'b', 2, []],
    ]);
  });

  it('tables by name and by number', () => {
    assert.equal(route('-4', 'default', 'default')['gateway'], '10.0.1.2');
    assert.equal(route('-6', 'default', '300')['gateway'], 'fd00:1::2');
    assert.deepEqual(pick(route('-4', '10.5.0.0/16'), 'gateway', 'type', 'scope'), ['10.0.1.2', 'unicast', 'global']);
    assert.equal(route('-4', '10.6.0.0/16', 'local')['gateway'], '10.0.2.2');
  });

  for (const [type, n, table] of [
    ['blackhole', 10, 'main'],
    ['unreachable', 11, 'main'],
    ['prohibit', 12, 'main'],
    ['throw', 13, '300'],
  ] as const) {
    it(`${type}, for both families`, () => {
      assert.equal(route('-4', `10.${n}.0.0/16`, table).type, type);
      assert.equal(route('-6', `fd${n}::/64`, table).type, type);
    });
  }

  it('rules with all that they can ask for', () => {
    const rules = (family: '-4' | '-6'): unknown[] =>
      ipJson<Route>(scene.name, 'r', family, 'rule')
        .filter(({ protocol }) => protocol === '110')
        .map((rule) => pick(rule, 'priority', 'src', 'srclen', 'dst', 'dstlen', 'iif', 'oif', 'fwmark', 'table'));
    assert.deepEqual(rules('-4'), [
      [500, '10.1.0.0', 16, '10.2.0.0', 16, 'a', 'b', '0x9', '300'],
      [1001, 'all', undefined, undefined, undefined, undefined, undefined, '0x1', 'default'],
      [1002, '10.6.0.0', 16, undefined, undefined, undefined, undefined, undefined, 'local'],
    ]);
    assert.deepEqual(rules('-6'), [
      [501, 'fd01::', 64, 'fd02::', 64, 'a', undefined, undefined, '300'],
      [1000, 'all', undefined, 'fd05::1', undefined, undefined, undefined, undefined, 'main'],
    ]);
  });

  it('are not changed by a second up, and each is changed alone', async () => {
    await scene.assertNothingToDo();
    const edits: readonly (readonly [from: string, to: string, change: string])[] = [
      ["mtu: 1300, metric: 7 }\n      - { to: 'fd01", "mtu: 1200, metric: 7 }\n      - { to: 'fd01", 'mtu 1300 → 1200'],
      ["src: 'fd00:ff::1'", "src: 'fd00:2::1'", 'src fd00:ff::1 → fd00:2::1'],
      ["{ via: 'fd00:2::2', weight: 2 }", "{ via: 'fd00:2::2', weight: 5 }", 'nexthops'],
      ["{ to: 'fd12::/64', type: prohibit }", "{ to: 'fd12::/64', type: blackhole }", 'type prohibit → blackhole'],
      ['scope: link', 'scope: host', 'scope link → host'],
    ];
    for (const [from, to, change] of edits) {
      const changes = inShort(await scene.become(BASE.replace(from, to)));
      assert.equal(changes.length, 1, `${to}: ${changes.join('\n')}`);
      assert.ok(changes[0]!.includes(change), changes[0]);
      await scene.assertNothingToDo();
      await scene.become(BASE);
      await scene.assertNothingToDo();
    }
  });
});
