import assert from 'node:assert/strict';

import type { Resource } from '../../../src/model/resource.ts';
import type { Change } from '../../../src/reconcile/diff.ts';
import { order } from '../../../src/reconcile/order.ts';
import { keyOf } from '../../../src/resource/index.ts';

const namespace: Resource = { kind: 'namespace', node: 'a', role: 'node', hostname: 'a', isolation: ['net'] };
const bridge: Resource = { kind: 'link', node: 'a', name: 'br0', type: 'bridge', up: true };
const address: Resource = { kind: 'address', node: 'a', link: 'br0', prefix: '10.0.0.1/24', scope: 'global' };
const direct: Resource = {
  kind: 'route',
  node: 'a',
  to: '10.7.0.1/32',
  type: 'unicast',
  table: 254,
  metric: 0,
  nexthops: [{ dev: 'br0', weight: 1 }],
};
const leaning: Resource = { ...direct, to: '10.8.0.0/16', nexthops: [{ via: '10.7.0.1', weight: 1 }] };
const process: Resource = {
  kind: 'process',
  node: 'a',
  name: 'p',
  command: ['p'],
  env: {},
  restart: 'no',
  stop: { signal: 'TERM', timeoutMs: 2_000 },
  after: [],
};

const create = (wanted: Resource): Change => ({ action: 'create', wanted, differences: [], reason: '' });
const remove = (found: Resource): Change => ({ action: 'remove', found, differences: [], reason: '' });
const keys = (changes: readonly Change[]): string[] =>
  changes.map(
    ({ action, wanted, found }) =>
      `${action} ${keyOf((wanted ?? found)!)
        .split(' ')
        .slice(0, 3)
        .join(' ')}`,
  );

describe('order', () => {
  it('makes what others stand on first, and a route to a gateway after the route that leads there', () => {
    const changes = [process, leaning, direct, address, bridge, namespace].map(create);
    assert.deepEqual(keys(order(changes)), [
      'create namespace a',
      'create link a:br0',
      'create address a:br0 10.0.0.1/24',
      'create route a 10.7.0.1/32',
      'create route a 10.8.0.0/16',
      'create process a/p',
    ]);
  });

  it('removes before it makes, from the top down', () => {
    const changes = [create(namespace), remove(bridge), remove(process), remove(address)];
    assert.deepEqual(keys(order(changes)), [
      'remove process a/p',
      'remove address a:br0 10.0.0.1/24',
      'remove link a:br0',
      'create namespace a',
    ]);
  });

  it('keeps the order of the file within a kind', () => {
    const other: Resource = { ...address, prefix: '10.0.0.0/8' };
    assert.deepEqual(keys(order([other, address].map(create))), [
      'create address a:br0 10.0.0.0/8',
      'create address a:br0 10.0.0.1/24',
    ]);
  });
});
