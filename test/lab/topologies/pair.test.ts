import assert from 'node:assert/strict';

import { assertPing, describeTopology, ipJson } from '../../support/index.ts';

// a:eth0 172.2.0.1/24 ─── 172.2.0.2/24 eth0:b
describeTopology('pair', ['ping'], { a: { eth0: ['172.2.0.1/24'] }, b: { eth0: ['172.2.0.2/24'] } }, (scene) => {
  it('lets both ends ping each other', () => {
    assertPing(scene().name, 'a', '172.2.0.2');
    assertPing(scene().name, 'b', '172.2.0.1');
  });

  it('gives every node the names of all', async () => {
    for (const [node, other] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const { code, stdout } = await scene().exec(node, ['ping', '-n', '-c', '1', '-W', '2', other]);
      assert.equal(code, 0, stdout);
    }
  });

  it('is one veth pair, each end in its node', () => {
    interface Link {
      ifname: string;
      ifindex: number;
      link_index: number;
      linkinfo: { info_kind: string };
    }
    const [a, b] = ['a', 'b'].map(
      (node) => ipJson<Link>(scene().name, node, 'link', 'show', 'dev', 'eth0')[0],
    );
    assert.equal(a?.linkinfo.info_kind, 'veth');
    assert.equal(a.link_index, b?.ifindex);
    assert.equal(b?.link_index, a.ifindex);
  });

  it('is what ls and status say', async () => {
    const summary = await scene().summary();
    assert.deepEqual([summary?.state, summary?.nodes, summary?.bridges], ['running', 2, 0]);
    const { members } = await scene().status();
    assert.deepEqual(
      members.map(({ name, interfaces }) => [name, interfaces.find((each) => each.name === 'eth0')?.addresses]),
      [
        ['a', ['172.2.0.1/24']],
        ['b', ['172.2.0.2/24']],
      ],
    );
  });
});
