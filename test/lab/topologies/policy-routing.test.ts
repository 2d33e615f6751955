import assert from 'node:assert/strict';

import { assertPing, describeTopology, inNode, ipJson } from '../../support/index.ts';

// staff, guests ── r ── isp1, isp2 ── server
describeTopology(
  'policy-routing',
  ['bridge', 'ping'],
  {
    staff: { eth0: ['10.1.0.2/24'] },
    guests: { eth0: ['10.2.0.2/24'] },
    r: { staff: ['10.1.0.1/24'], guests: ['10.2.0.1/24'], wan1: ['198.51.100.1/30'], wan2: ['198.51.100.5/30'] },
    isp1: { r: ['198.51.100.2/30'], server: ['192.0.2.1/24'] },
    isp2: { r: ['198.51.100.6/30'], server: ['192.0.2.2/24'] },
    server: { eth0: ['192.0.2.80/24'] },
    exchange: { exchange: [], isp1: [], isp2: [], server: [] },
  },
  (scene) => {
    const way = (from: string, iif: string, to = '192.0.2.80'): unknown[] =>
      ipJson<Record<string, unknown>>(scene().name, 'r', 'route', 'get', to, 'from', from, 'iif', iif).map(
        ({ dev, gateway, table }) => [dev, gateway, table],
      );

    it('asks the table that the rule names', () => {
      assert.deepEqual(way('10.1.0.2', 'staff'), [['wan1', '198.51.100.2', 'main']]);
      assert.deepEqual(way('10.2.0.2', 'guests'), [['wan2', '198.51.100.6', '200']]);
      // Table 200 throws: main is asked next.
      assert.deepEqual(way('10.2.0.2', 'guests', '10.1.0.2'), [['staff', undefined, 'main']]);
    });

    it('has the rule and the table as ip prints them', () => {
      const [rule] = ipJson(scene().name, 'r', 'rule', 'show', 'priority', '1000');
      assert.deepEqual(
        [rule?.['src'], rule?.['srclen'], rule?.['table'], rule?.['protocol']],
        ['10.2.0.0', 16, '200', '110'],
      );
      const routes = ipJson(scene().name, 'r', 'route', 'show', 'table', '200');
      assert.deepEqual(
        routes.map(({ dst, type }) => [dst, type]),
        [
          ['default', 'unicast'],
          ['10.0.0.0/8', 'throw'],
        ],
      );
    });

    for (const [from, isp] of [
      ['staff', '198.51.100.2'],
      ['guests', '198.51.100.6'],
    ] as const) {
      it(`sends ${from} by ${isp}, and the answers find back`, () => {
        assertPing(scene().name, from, '192.0.2.80');
        const { stdout } = inNode(scene().name, from, ['ping', '-n', '-c', '1', '-W', '1', '-t', '2', '192.0.2.80']);
        assert.match(stdout, new RegExp(`From ${isp.replaceAll('.', '\\.')} .*exceeded`, 'i'));
      });
    }

    it('lets guests and staff reach each other without any isp', () => {
      assertPing(scene().name, 'guests', '10.1.0.2', '-t', '2');
      assertPing(scene().name, 'staff', '10.2.0.2', '-t', '2');
    });
  },
);
