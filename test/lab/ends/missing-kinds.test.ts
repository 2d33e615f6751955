import assert from 'node:assert/strict';

import { type Feature, has, requireRoot, Scene } from '../../support/index.ts';

const KINDS: readonly (readonly [Feature, name: string, words: string, config: string])[] = [
  ['dummy', 'd0', 'type: dummy', 'CONFIG_DUMMY'],
  ['vlan', 'v0', 'type: vlan, id: 10, link: eth0', 'CONFIG_VLAN_8021Q'],
  ['vrf', 'red', 'type: vrf, table: 10', 'CONFIG_NET_VRF'],
  ['sit', 't0', 'type: sit, remote: 192.0.2.1', 'CONFIG_IPV6_SIT'],
  ['macvlan', 'm0', 'type: macvlan, link: eth0', 'CONFIG_MACVLAN'],
];

describe('a kernel that lacks a kind of interface', () => {
  before(function () {
    requireRoot(this);
  });

  it('says so for each line, before anything is built; one that has them all makes them', async () => {
    const lines = KINDS.map(([, name, words]) => `      ${name}: { ${words} }`);
    const text = ['name: x', 'nodes:', '  a:', '    interfaces:', ...lines, '  b: {}', "links: [['a:eth0', 'b:eth0']]"];
    await using scene = new Scene(text.join('\n'), 'kinds');
    const lacking = KINDS.filter(([feature]) => !has(feature));
    const { code, stdout, stderr } = await scene.tryUp();
    if (lacking.length === 0) {
      assert.equal(code, 0, stderr);
      await scene.assertNothingToDo();
      return;
    }
    // The machine is at fault and not the file, so it is 1 and not 2.
    assert.equal(code, 1);
    assert.equal(stdout, '');
    const expected = lacking.map(([feature, name, , config]) => {
      const line = 5 + KINDS.findIndex(([each]) => each === feature);
      const column = 17 + name.length;
      return [
        `${scene.file}:${line}:${column}  nodes.a.interfaces.${name}.type`,
        `  this kernel has no link type "${feature}" (${config})`,
      ].join('\n');
    });
    assert.equal(
      stderr
        .trim()
        .split('\n')
        .slice(0, 2 * lacking.length)
        .join('\n'),
      expected.join('\n'),
    );
    assert.equal(await scene.summary(), undefined);
    scene.assertHostAsBefore();
  });

  it('says so of bridges that are to look at VLAN tags, in a node and alone', async () => {
    await using scene = new Scene(`
nodes:
  a: { interfaces: { br0: { type: bridge, vlan_filtering: true } } }
bridges:
  lan: { ports: ['a:eth0'], vlan_filtering: true }
`);
    const { code, stderr } = await scene.tryUp();
    if (has('bridge vlan_filtering')) {
      assert.equal(code, 0, stderr);
      await scene.assertNothingToDo();
      return;
    }
    assert.equal(code, 1);
    const words = 'this kernel has no bridges that look at VLAN tags (CONFIG_BRIDGE_VLAN_FILTERING)';
    for (const path of ['nodes.a.interfaces.br0.vlan_filtering', 'bridges.lan.vlan_filtering'])
      assert.ok(stderr.includes(`  ${path}\n  ${words}\n`), stderr);
    assert.equal(await scene.summary(), undefined);
    scene.assertHostAsBefore();
  });
});
