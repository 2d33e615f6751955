import assert from 'node:assert/strict';

import { assertPing, describeTopology, fdb, ipJson, until } from '../../support/index.ts';

const HOSTS = { pc1: '10.0.0.1', pc2: '10.0.0.2', pc3: '10.0.0.3', pc4: '10.0.0.104', gw: '10.0.0.5' };

// pc1 pc2 pc3 pc4 gw ── all on the bridge `lan`, 10.0.0.0/24; gw has 10.255.0.1 on lo
describeTopology(
  'bridge-lan',
  ['bridge', 'ping'],
  {
    pc1: { eth0: ['10.0.0.1/24'] },
    pc2: { eth0: ['10.0.0.2/24'] },
    pc3: { eth0: ['10.0.0.3/24'] },
    pc4: { eth0: ['10.0.0.104/24'] },
    gw: { lo: ['10.255.0.1/32'], eth0: ['10.0.0.5/24'] },
    lan: { lan: [], pc1: [], pc2: [], pc3: [], pc4: [], gw: [] },
  },
  (scene) => {
    it('lets everybody ping everybody', () => {
      for (const from of Object.keys(HOSTS)) for (const to of Object.values(HOSTS)) assertPing(scene().name, from, to);
    });

    it('leads to what is behind the gateway', () => {
      assertPing(scene().name, 'pc1', '10.255.0.1');
      assertPing(scene().name, 'pc4', '10.255.0.1');
    });

    it('is a switch that has learnt where pc4 is', async () => {
      const mac = '02:00:00:00:00:04';
      const [link] = ipJson<{ address: string }>(scene().name, 'pc4', 'link', 'show', 'dev', 'eth0');
      assert.equal(link?.address, mac);
      assertPing(scene().name, 'pc4', '10.0.0.1');
      const entry = await until(() => fdb(scene().name, 'lan').find((each) => each['mac'] === mac));
      assert.equal(entry['ifname'], 'pc4');
    });

    it('has every port in the bridge, forwarding', async () => {
      interface Port {
        ifname: string;
        master: string;
        mtu: number;
        linkinfo: { info_slave_data: { state: string } };
      }
      const all = () => ipJson<Port>(scene().name, 'lan', 'link', 'show', 'master', 'lan');
      assert.deepEqual(all().map(({ ifname, mtu }) => [ifname, mtu]), [
        ['pc1', 1500],
        ['pc2', 1500],
        ['pc3', 1500],
        ['pc4', 1500],
        ['gw', 1500],
      ]);
      await until(() => all().every(({ linkinfo }) => linkinfo.info_slave_data.state === 'forwarding'));
    });
  },
);
