import assert from 'node:assert/strict';

import { assertPing, describeTopology, inNode, ipJson } from '../../support/index.ts';

const pods = [0, 1, 2, 3];
const two = [0, 1];

/** 172.16.0.n; cables are numbered pod by pod: first those between edge and aggregation, then those up to the core. */
const cable = (n: number): string => `172.16.0.${n}/31`;

const cores = [0, 1, 2, 3].map((core) => {
  const [a, up] = [core >> 1, core & 1];
  return [
    `c${core}`,
    Object.fromEntries(pods.map((p) => [`pod${p}`, [cable(2 * (8 * p + 4 + 2 * a + up) + 1)]])),
  ] as const;
});
const aggregation = pods.flatMap((p) =>
  two.map((a) => {
    const down = two.map((e) => [`down${e}`, [cable(2 * (8 * p + 2 * e + a) + 1)]] as const);
    const up = two.map((i) => [`up${i}`, [cable(2 * (8 * p + 4 + 2 * a + i))]] as const);
    return [`p${p}a${a}`, Object.fromEntries([...down, ...up])] as const;
  }),
);
const edge = pods.flatMap((p) =>
  two.map((e) => {
    const up = two.map((a) => [`up${a}`, [cable(2 * (8 * p + 2 * e + a))]] as const);
    const ports = two.map((h) => [`h${2 * e + h}`, []] as const);
    return [`p${p}e${e}`, { ...Object.fromEntries([...up, ...ports]), hosts: [`10.${p}.${e}.1/24`] }] as const;
  }),
);
const hosts = pods.flatMap((p) =>
  [0, 1, 2, 3].map((h) => [`p${p}h${h}`, { eth0: [`10.${p}.${h >> 1}.${2 + (h & 1)}/24`] }] as const),
);

describeTopology(
  'fat-tree-k4',
  ['bridge', 'ping'],
  Object.fromEntries([...cores, ...aggregation, ...edge, ...hosts]),
  (scene) => {
    it('lets hosts reach each other: below one switch, in one pod, in every other pod', () => {
      for (const to of ['10.0.0.3', '10.0.1.2', '10.1.0.2', '10.2.1.3', '10.3.1.3'])
        assertPing(scene().name, 'p0h0', to);
      assertPing(scene().name, 'p3h3', '10.0.0.2');
    });

    it('takes six hops to another pod, and four within one', () => {
      const ping = (to: string, hops: number): number =>
        inNode(scene().name, 'p0h0', ['ping', '-n', '-c', '1', '-W', '1', '-t', String(hops), to]).code;
      assert.deepEqual([ping('10.3.1.3', 6), ping('10.0.1.2', 4)], [0, 0]);
      assert.deepEqual([ping('10.3.1.3', 5), ping('10.0.1.2', 3)], [1, 1]);
    });

    it('spreads flows between the same two hosts over all ways up', () => {
      const ways = new Set<string>();
      for (let port = 1000; port < 1040; port++) {
        const to = ['10.3.1.3', 'from', '10.0.0.2', 'iif', 'hosts', 'ipproto', 'tcp', 'sport', String(port)];
        const [route] = ipJson<{ dev: string }>(scene().name, 'p0e0', 'route', 'get', ...to, 'dport', '80');
        ways.add(route!.dev);
      }
      assert.deepEqual([...ways].toSorted(), ['up0', 'up1']);
    });

    it('sends what nobody has nowhere, instead of round and round', () => {
      const { code, stdout } = inNode(scene().name, 'p0h0', ['ping', '-n', '-c', '1', '-W', '1', '10.2.9.9']);
      assert.notEqual(code, 0);
      assert.doesNotMatch(stdout, /exceeded/);
    });
  },
);
