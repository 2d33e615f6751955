import assert from 'node:assert/strict';

import { assertPing, describeTopology, inNode, ipJson } from '../../support/index.ts';

// Each link a /31 in the order of the file; an interface is called by the city that it leads to.
describeTopology(
  'abilene',
  ['ping'],
  {
    'new-york': { lo: ['10.0.0.1/32'], chicago: ['10.1.0.0/31'], washington: ['10.1.0.2/31'] },
    chicago: { lo: ['10.0.0.2/32'], 'new-york': ['10.1.0.1/31'], indianapolis: ['10.1.0.4/31'] },
    washington: { lo: ['10.0.0.3/32'], 'new-york': ['10.1.0.3/31'], atlanta: ['10.1.0.6/31'] },
    seattle: { lo: ['10.0.0.4/32'], sunnyvale: ['10.1.0.8/31'], denver: ['10.1.0.10/31'] },
    sunnyvale: {
      lo: ['10.0.0.5/32'],
      seattle: ['10.1.0.9/31'],
      'los-angeles': ['10.1.0.12/31'],
      denver: ['10.1.0.14/31'],
    },
    'los-angeles': { lo: ['10.0.0.6/32'], sunnyvale: ['10.1.0.13/31'], houston: ['10.1.0.16/31'] },
    denver: {
      lo: ['10.0.0.7/32'],
      seattle: ['10.1.0.11/31'],
      sunnyvale: ['10.1.0.15/31'],
      'kansas-city': ['10.1.0.18/31'],
    },
    'kansas-city': {
      lo: ['10.0.0.8/32'],
      denver: ['10.1.0.19/31'],
      houston: ['10.1.0.20/31'],
      indianapolis: ['10.1.0.22/31'],
    },
    houston: {
      lo: ['10.0.0.9/32'],
      'los-angeles': ['10.1.0.17/31'],
      'kansas-city': ['10.1.0.21/31'],
      atlanta: ['10.1.0.24/31'],
    },
    atlanta: {
      lo: ['10.0.0.10/32'],
      washington: ['10.1.0.7/31'],
      houston: ['10.1.0.25/31'],
      indianapolis: ['10.1.0.26/31'],
    },
    indianapolis: {
      lo: ['10.0.0.11/32'],
      chicago: ['10.1.0.5/31'],
      'kansas-city': ['10.1.0.23/31'],
      atlanta: ['10.1.0.27/31'],
    },
  },
  (scene) => {
    const CITIES =
      'new-york chicago washington seattle sunnyvale los-angeles denver kansas-city houston atlanta indianapolis'.split(
        ' ',
      );

    it('lets every city reach every other, at its loopback', () => {
      for (const from of CITIES) {
        CITIES.forEach((to, i) => {
          if (to !== from) assertPing(scene().name, from, `10.0.0.${i + 1}`);
        });
      }
    });

    it('and at the addresses of its links', () => {
      for (const from of ['seattle', 'washington']) {
        for (let n = 0; n < 28; n++) assertPing(scene().name, from, `10.1.0.${n}`);
      }
    });

    it('speaks from its loopback', () => {
      const [route] = ipJson<{ prefsrc: string }>(scene().name, 'seattle', 'route', 'get', '10.0.0.1');
      assert.equal(route?.prefsrc, '10.0.0.4');
    });

    // As a map and a pair of compasses tell it.
    for (const [from, to, gateways] of [
      ['seattle', 'new-york', ['denver', 'kansas-city', 'indianapolis', 'chicago', 'new-york']],
      ['los-angeles', 'washington', ['houston', 'atlanta', 'washington']],
      ['sunnyvale', 'chicago', ['denver', 'kansas-city', 'indianapolis', 'chicago']],
    ] as const) {
      it(`goes from ${from} to ${to} the shortest way`, () => {
        const way: string[] = [];
        for (let at: string = from; at !== to && way.length < 12;) {
          const address = `10.0.0.${CITIES.indexOf(to) + 1}`;
          const [route] = ipJson<{ dev: string }>(scene().name, at, 'route', 'get', address);
          way.push((at = route!.dev));
        }
        assert.deepEqual(way, gateways);
        const ttl = String(gateways.length);
        const ping = (hops: string): number =>
          inNode(scene().name, from, ['ping', '-n', '-c', '1', '-W', '2', '-t', hops, `10.0.0.${CITIES.indexOf(to) + 1}`])
            .code;
        assert.equal(ping(ttl), 0);
        assert.notEqual(ping(String(gateways.length - 1)), 0);
      });
    }
  },
);
