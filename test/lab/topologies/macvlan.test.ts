import assert from 'node:assert/strict';

import { assertPing, describeTopology, ipJson } from '../../support/index.ts';

const SERVERS = { web: '10.0.0.80', dns: '10.0.0.53', log: '10.0.0.14' };
const MACS: Readonly<Record<string, string>> = { web: '02:00:00:00:00:80', dns: '02:00:00:00:00:53' };

interface Macvlan {
  readonly ifname: string;
  readonly link: string;
  readonly address: string;
  readonly linkinfo: { readonly info_kind: string; readonly info_data: { readonly mode: string } };
}

// pc:eth0 ─── eth0:server, and on that the macvlans web, dns and log
describeTopology(
  'macvlan',
  ['macvlan', 'ifb', 'ping'],
  {
    pc: { eth0: ['10.0.0.1/24'] },
    server: { eth0: [], web: ['10.0.0.80/24'], dns: ['10.0.0.53/24'], log: ['10.0.0.14/24'], probe: [] },
  },
  (scene) => {
    const macvlans = (): Macvlan[] => ipJson<Macvlan>(scene().name, 'server', 'link', 'show', 'type', 'macvlan');

    it('has its macvlans on eth0, each in its mode', () => {
      assert.deepEqual(
        macvlans().map(({ ifname, link, linkinfo }) => [ifname, link, linkinfo.info_data.mode]),
        [
          ['web', 'eth0', 'bridge'],
          ['dns', 'eth0', 'bridge'],
          ['log', 'eth0', 'private'],
        ],
      );
      assert.deepEqual(
        ipJson(scene().name, 'server', 'link', 'show', 'type', 'ifb').map(({ ifname }) => ifname),
        ['probe'],
      );
    });

    for (const [name, address] of Object.entries(SERVERS)) {
      it(`answers as ${name}, under a MAC address of its own`, () => {
        assertPing(scene().name, 'pc', address);
        const [entry] = ipJson(scene().name, 'pc', 'neigh', 'show', address);
        const own = macvlans().find(({ ifname }) => ifname === name)?.address;
        assert.equal(entry?.['lladdr'], own);
        if (MACS[name] !== undefined) assert.equal(own, MACS[name]);
      });
    }
  },
);
