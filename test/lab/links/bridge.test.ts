/** What a bridge can be told, be it a segment of the file or an interface of a node; as ip(8) and sysfs have it. */
import assert from 'node:assert/strict';

import { edited, has, inShort, ipJson, probe, requireRoot, Scene } from '../../support/index.ts';

const LAB = `
nodes:
  a: {}
  b: {}
  sw:
    interfaces:
      br0: { type: bridge, ports: [eth0, eth1], stp: true, vlan_filtering: false }
      eth1: { up: false }
bridges:
  lan: { ports: [a, b], subnet: 10.0.0.0/24, stp: true, vlan_filtering: false, mtu: 1400 }
links: [['a:eth9', 'sw:eth0'], ['b:eth9', 'sw:eth1']]
`;

interface Device {
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly linkinfo: { readonly info_data: { readonly stp_state: number; readonly vlan_filtering?: number } };
}

describe('bridges', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge');
    scene = new Scene(LAB, 'bridges');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const device = (node: string, name: string): Device => ipJson<Device>(scene.name, node, 'link', 'show', name)[0]!;
  const data = (node: string, name: string) => device(node, name).linkinfo.info_data;

  it('spanning tree, MTU, ports', () => {
    assert.equal(data('sw', 'br0').stp_state, 1);
    assert.equal(data('lan', 'lan').stp_state, 1);
    assert.equal(device('lan', 'lan').mtu, 1400);
    assert.equal(device('a', 'eth0').mtu, 1400);
    assert.deepEqual([device('sw', 'eth0').master, device('sw', 'eth1').master], ['br0', 'br0']);
  });

  it('an interface that is down', async () => {
    assert.ok(!device('sw', 'eth1').flags.includes('UP'));
    assert.ok(device('sw', 'eth0').flags.includes('UP'));
    const changes = await scene.become(edited(LAB, 'up: false', 'up: true'));
    assert.deepEqual(inShort(changes), ['update link sw:eth1 (veth to b:eth9): up false → true']);
    assert.ok(device('sw', 'eth1').flags.includes('UP'));
  });

  it('filtering of VLANs, where the kernel has it', async function () {
    assert.ok(!data('sw', 'br0').vlan_filtering);
    assert.ok(!data('lan', 'lan').vlan_filtering);
    if (!has('bridge vlan_filtering')) {
      const result = await (scene.write(LAB.replaceAll('vlan_filtering: false', 'vlan_filtering: true')),
      scene.tryUp());
      assert.notEqual(result.code, 0);
      assert.match(result.stderr, /:\d+:\d+ /, 'named with its line');
      scene.write(LAB);
      await scene.up();
      return;
    }
    await scene.become(LAB.replaceAll('vlan_filtering: false', 'vlan_filtering: true'));
    assert.deepEqual([data('sw', 'br0').vlan_filtering, data('lan', 'lan').vlan_filtering], [1, 1]);
    await scene.assertNothingToDo();
  });
});
