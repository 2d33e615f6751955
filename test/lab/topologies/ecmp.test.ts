import assert from 'node:assert/strict';

import { assertPing, describeTopology, ipJson, sysctl } from '../../support/index.ts';

// a ── r1 ══ m1, m2 ══ r2 ── b
describeTopology(
  'ecmp',
  ['ping', 'ipv6'],
  {
    a: { eth0: ['10.1.0.2/24', 'fd00:1::2/64'] },
    r1: {
      a: ['10.1.0.1/24', 'fd00:1::1/64'],
      m1: ['10.0.1.1/30', 'fd00:a1::1/64'],
      m2: ['10.0.2.1/30', 'fd00:a2::1/64'],
    },
    m1: { r1: ['10.0.1.2/30', 'fd00:a1::2/64'], r2: ['10.0.1.5/30', 'fd00:b1::1/64'] },
    m2: { r1: ['10.0.2.2/30', 'fd00:a2::2/64'], r2: ['10.0.2.5/30', 'fd00:b2::1/64'] },
    r2: {
      b: ['10.2.0.1/24', 'fd00:2::1/64'],
      m1: ['10.0.1.6/30', 'fd00:b1::2/64'],
      m2: ['10.0.2.6/30', 'fd00:b2::2/64'],
    },
    b: { eth0: ['10.2.0.2/24', 'fd00:2::2/64'] },
  },
  (scene) => {
    it('leads from end to end by both families', () => {
      assertPing(scene().name, 'a', '10.2.0.2');
      assertPing(scene().name, 'b', 'fd00:1::2');
    });

    for (const [family, from, to] of [
      ['-4', '10.1.0.2', '10.2.0.2'],
      ['-6', 'fd00:1::2', 'fd00:2::2'],
    ] as const) {
      it(`shares the flows of one pair of addresses by their ports (ip ${family})`, () => {
        const dev = (port: number): unknown =>
          ipJson(
            scene().name,
            'r1',
            family,
            ...`route get ${to} from ${from} iif a ipproto tcp sport ${port} dport 80`.split(' '),
          )[0]?.['dev'];
        const ports = Array.from({ length: 40 }, (_, i) => 2000 + i);
        const first = ports.map(dev);
        assert.deepEqual(new Set(first), new Set(['m1', 'm2']));
        assert.deepEqual(ports.map(dev), first, 'the same flow takes the same way');
      });

      it(`has two next hops of equal weight (ip ${family})`, () => {
        const prefix = family === '-4' ? '10.2.0.0/24' : 'fd00:2::/64';
        interface Entry {
          nexthops: { dev: string; weight: number }[];
        }
        const [route] = ipJson<Entry>(scene().name, 'r1', family, 'route', 'show', prefix);
        assert.deepEqual(
          route?.nexthops.map(({ dev, weight }) => [dev, weight]),
          [
            ['m1', 1],
            ['m2', 1],
          ],
        );
      });
    }

    it('hashes ports too, by the setting of the file', () => {
      for (const node of ['r1', 'r2'])
        for (const family of ['ipv4', 'ipv6'])
          assert.equal(sysctl(scene().name, node, `net.${family}.fib_multipath_hash_policy`), '1');
    });
  },
);
