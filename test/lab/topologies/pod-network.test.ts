import assert from 'node:assert/strict';

import { addressServer, assertPing, describeTopology, fdb, fetchIn, ipJson, sysctl } from '../../support/index.ts';

const PODS = { pod1: '10.244.1.2', pod2: '10.244.1.3', pod3: '10.244.2.2', pod4: '10.244.2.3' };

// pod1 pod2 ── cni0:host1:flannel.1 ══ VXLAN 1 over 192.168.0.0/24 ══ flannel.1:host2:cni0 ── pod3 pod4
describeTopology(
  'pod-network',
  ['bridge', 'vxlan', 'ping', 'curl', 'nftables NAT'],
  {
    host1: { eth0: ['192.168.0.1/24'], cni0: ['10.244.1.1/24'], 'flannel.1': ['10.244.1.0/32'], pod1: [], pod2: [] },
    host2: { eth0: ['192.168.0.2/24'], cni0: ['10.244.2.1/24'], 'flannel.1': ['10.244.2.0/32'], pod3: [], pod4: [] },
    pod1: { eth0: ['10.244.1.2/24'] },
    pod2: { eth0: ['10.244.1.3/24'] },
    pod3: { eth0: ['10.244.2.2/24'] },
    pod4: { eth0: ['10.244.2.3/24'] },
  },
  (scene) => {
    it('lets all pods ping all pods, also of the other host', () => {
      for (const from of Object.keys(PODS)) for (const to of Object.values(PODS)) assertPing(scene().name, from, to);
    });

    it('carries what just fits through the tunnel: 1450 bytes, and not a byte more', () => {
      // 20 bytes of IPv4 and 8 of ICMP come on top.
      assertPing(scene().name, 'pod1', PODS.pod3, '-M', 'do', '-s', '1422');
      assert.throws(() => assertPing(scene().name, 'pod1', PODS.pod3, '-M', 'do', '-s', '1423'), /too long|Frag/);
    });

    for (const [host, other] of [
      ['host1', { name: 'host2', mac: '02:00:00:00:02:00', tunnel: '10.244.2.0', underlay: '192.168.0.2' }],
      ['host2', { name: 'host1', mac: '02:00:00:00:01:00', tunnel: '10.244.1.0', underlay: '192.168.0.1' }],
    ] as const) {
      it(`has written down on ${host} the three tables that lead to ${other.name}`, () => {
        const forwarding = fdb(scene().name, host).filter(({ ifname, mac }) => ifname === 'flannel.1' && mac === other.mac);
        assert.deepEqual(
          forwarding.map(({ dst, state }) => [dst, state]),
          [[other.underlay, 'permanent']],
        );
        const neighbours = ipJson(scene().name, host, 'neigh', 'show', 'dev', 'flannel.1');
        assert.deepEqual(
          neighbours.map(({ dst, lladdr, state }) => [dst, lladdr, state]),
          [[other.tunnel, other.mac, ['PERMANENT']]],
        );
        const [route] = ipJson(scene().name, host, 'route', 'show', `${other.tunnel}/24`);
        assert.deepEqual([route?.['gateway'], route?.['dev'], route?.['flags']], [other.tunnel, 'flannel.1', ['onlink']]);
      });

      it(`has the tunnel of the file on ${host}`, () => {
        interface Vxlan {
          mtu: number;
          linkinfo: { info_data: { id: number; link: string; local: string; port: number; learning: boolean } };
        }
        const [device] = ipJson<Vxlan>(scene().name, host, 'link', 'show', 'dev', 'flannel.1');
        const { id, link, local, port, learning } = device!.linkinfo.info_data;
        assert.deepEqual(
          { mtu: device!.mtu, id, link, local, port, learning },
          { mtu: 1450, id: 1, link: 'eth0', local: host === 'host1' ? '192.168.0.1' : '192.168.0.2', port: 8472, learning: false },
        );
      });
    }

    it("gives what leaves the pod network the host's address", async () => {
      await using _server = await addressServer(scene().name, 'host2', 9000);
      assert.equal(fetchIn(scene().name, 'pod1', 'http://192.168.0.2:9000/'), '192.168.0.1');
      // What stays within it keeps its own.
      await using _pod = await addressServer(scene().name, 'pod3', 9000);
      assert.equal(fetchIn(scene().name, 'pod1', `http://${PODS.pod3}:9000/`), PODS.pod1);
    });

    it('has the sysctls of `defaults` in every node', () => {
      for (const node of ['host1', 'host2', ...Object.keys(PODS)])
        assert.equal(sysctl(scene().name, node, 'net.ipv4.conf.all.rp_filter'), '0', node);
    });
  },
);
