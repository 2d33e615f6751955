import assert from 'node:assert/strict';

import type { Resource } from '../../../src/model/resource.ts';
import { describe as words, keyOf, kindOf } from '../../../src/resource/index.ts';

/** A resource and its words. */
const CASES: readonly (readonly [resource: Resource, words: string])[] = [
  [
    { kind: 'address', node: 'r1', link: 'eth0', prefix: '10.0.0.1/24', scope: 'global' },
    'address 10.0.0.1/24 on r1:eth0',
  ],
  [
    {
      kind: 'route',
      node: 'r1',
      to: '0.0.0.0/0',
      type: 'unicast',
      table: 254,
      metric: 100,
      nexthops: [{ via: '10.0.0.254', dev: 'eth0', weight: 1 }],
    },
    'route default via 10.0.0.254 dev eth0 metric 100 on r1',
  ],
  [
    { kind: 'route', node: 'r1', to: '10.9.0.0/16', type: 'blackhole', table: 254, metric: 0, nexthops: [] },
    'blackhole route 10.9.0.0/16 on r1',
  ],
  [
    {
      kind: 'route',
      node: 'r1',
      to: '10.8.0.0/16',
      type: 'unicast',
      table: 100,
      metric: 0,
      nexthops: [
        { via: '10.0.0.1', dev: 'eth0', weight: 1 },
        { via: '10.0.1.1', dev: 'eth1', weight: 2, onlink: true },
      ],
    },
    'route 10.8.0.0/16 nexthop via 10.0.0.1 dev eth0 weight 1 nexthop via 10.0.1.1 dev eth1 weight 2 onlink table 100 on r1',
  ],
  [
    { kind: 'rule', node: 'r1', family: 'inet', priority: 1000, from: '10.1.0.0/16', table: 100 },
    'rule priority 1000 from 10.1.0.0/16 lookup 100 on r1',
  ],
  [
    { kind: 'neighbour', node: 'r1', dev: 'eth0', to: '10.0.0.2', mac: '02:00:00:00:00:02' },
    'neighbour 10.0.0.2 (02:00:00:00:00:02) on r1:eth0',
  ],
  [{ kind: 'sysctl', node: 'r1', key: 'net.ipv4.ip_forward', value: '1' }, 'sysctl net.ipv4.ip_forward = 1 on r1'],
];

describe('kinds of resources', () => {
  for (const [resource, text] of CASES) {
    it(`are told in words: ${text}`, () => {
      assert.equal(words(resource), text);
      assert.equal(keyOf(resource).startsWith(`${resource.kind} `), true);
      assert.deepEqual(kindOf(resource).differences(resource, resource), []);
    });
  }
});
