import assert from 'node:assert/strict';

import { levelsOf } from '../../../src/graph/levels.ts';
import type { Graph, GraphLink, GraphNode } from '../../../src/model/graph.ts';
import { exampleGraph, objectGraph } from '../../support/drawn.ts';

function node({ nodes }: Graph, name: string): GraphNode {
  return nodes.find((each) => each.name === name)!;
}

/** `a:eth0 -- b:eth0`, in the order of the graph. */
function lines({ links }: Graph, kind: GraphLink['kind']): string[] {
  return links
    .filter((link) => link.kind === kind)
    .map(({ label, ends: [a, b] }) => `${label ?? ''} ${a.node}:${a.interface} -- ${b.node}:${b.interface}`.trim());
}

/** Two to four machines in a LAN, with a tunnel device each. */
function overlay(devices: readonly object[]): Graph {
  const names = devices.map((_, i) => `h${i + 1}`);
  return objectGraph({
    nodes: Object.fromEntries(devices.map((device, i) => [names[i]!, { interfaces: { t0: device } }])),
    bridges: { lan: { ports: names.map((name) => `${name}:eth0`), subnet: '192.0.2.0/24' } },
  });
}

describe('what is drawn of a topology', () => {
  it('is its nodes, links, devices and rules', () => {
    const graph = exampleGraph('pod-network');
    assert.deepEqual(
      graph.nodes.map(({ name, kind, forwarding }) => `${name} ${kind} ${forwarding}`),
      [
        'host1 node true',
        'host2 node true',
        'pod1 node false',
        'pod2 node false',
        'pod3 node false',
        'pod4 node false',
      ],
    );
    assert.deepEqual(lines(graph, 'veth'), [
      'host1:eth0 -- host2:eth0',
      'host1:pod1 -- pod1:eth0',
      'host1:pod2 -- pod2:eth0',
      'host2:pod3 -- pod3:eth0',
      'host2:pod4 -- pod4:eth0',
    ]);
    assert.deepEqual(lines(graph, 'tunnel'), ['vxlan 1 host1:flannel.1 -- host2:flannel.1']);
    const { devices, nat, routes } = node(graph, 'host1');
    assert.deepEqual(devices, [
      {
        name: 'cni0',
        type: 'bridge',
        about: null,
        addresses: ['10.244.1.1/24'],
        state: 'up',
        members: ['pod1', 'pod2'],
      },
    ]);
    assert.deepEqual(nat, ['masquerade out eth0 from 10.244.0.0/16']);
    assert.deepEqual(routes, ['10.244.2.0/24 via 10.244.2.0']);
    assert.deepEqual(node(graph, 'pod1').routes, ['default via 10.244.1.1']);
    assert.deepEqual(graph.links[0]!.networks, ['192.168.0.0/24']);
    assert.equal(graph.unreachable, null);
  });

  it('is the networks of a bridge, once each, and of the file the links that are down', () => {
    const graph = objectGraph({
      nodes: { a: { interfaces: { eth0: { up: false, addresses: ['10.0.0.1/24', 'fd00::1/64'] } } }, b: {}, c: {} },
      bridges: { lan: { ports: ['a:eth0', 'b:eth0', 'c:eth0'], subnet: '10.0.0.0/24' } },
    });
    assert.deepEqual(node(graph, 'lan').networks, ['10.0.0.0/24', 'fd00::/64']);
    assert.deepEqual(
      graph.links.map(({ cut, ends: [a] }) => `${a.node} ${a.state} ${cut}`),
      ['a down true', 'b up false', 'c up false'],
    );
  });

  it('is the host, and the world beyond it', () => {
    const graph = exampleGraph('internet-uplink');
    assert.deepEqual(
      graph.nodes.map(({ name, kind }) => `${name} ${kind}`),
      ['pc node', 'gw node', 'host host', '@internet internet'],
    );
    assert.deepEqual(lines(graph, 'way-out'), ['host: -- @internet:']);
    assert.equal(node(exampleGraph('host-bridge'), 'host').kind, 'host');
    assert.deepEqual(lines(exampleGraph('host-bridge'), 'way-out'), []);
    assert.equal(node(exampleGraph('pair'), 'host'), undefined);
  });

  it('is the packet filter in short', () => {
    const { filter } = node(exampleGraph('dual-stack'), 'gw');
    assert.equal(filter.length, 1);
    assert.match(filter[0]!, /^forward: \d+ rules, then drop$/);
  });

  it('finds the far ends of tunnels', () => {
    const to = (remote: string, more: object = {}): object => ({ type: 'gre', remote, ...more });
    assert.deepEqual(lines(overlay([to('192.0.2.2'), to('192.0.2.1')]), 'tunnel'), ['gre h1:t0 -- h2:t0']);
    // The other end has another far end, another key, or stands in no node.
    assert.deepEqual(lines(overlay([to('192.0.2.2'), to('192.0.2.3'), { type: 'dummy' }]), 'tunnel'), []);
    assert.deepEqual(lines(overlay([to('192.0.2.2', { key: 1 }), to('192.0.2.1', { key: 2 })]), 'tunnel'), []);
    assert.deepEqual(lines(overlay([to('192.0.2.77'), { type: 'dummy' }]), 'tunnel'), []);
    const group = { type: 'vxlan', id: 7, link: 'eth0', remote: '239.1.1.1' };
    assert.deepEqual(lines(overlay([group, group]), 'tunnel'), ['vxlan 7 h1:t0 -- h2:t0']);
    // Three ends are not three lines.
    const shared = overlay([group, group, group]);
    assert.deepEqual(lines(shared, 'tunnel'), ['h1:t0 -- @vxlan 7:', 'h2:t0 -- @vxlan 7:', 'h3:t0 -- @vxlan 7:']);
    assert.equal(node(shared, '@vxlan 7').kind, 'tunnel');
  });
});

describe('the levels of a graph', () => {
  const levels = (name: string): Record<string, number> => Object.fromEntries(levelsOf(exampleGraph(name)));

  it('lead out of the lab', () => {
    const { pc, gw, host, '@internet': world } = levels('internet-uplink');
    assert.ok(pc! < gw! && gw! < host! && host! < world!);
  });

  it('are the tiers of a hierarchy', () => {
    assert.deepEqual(
      ['p0h0', 'p3h3', 'p1e0', 'p2a1', 'c3'].map((name) => levels('fat-tree-k4')[name]),
      [0, 0, 1, 2, 3],
    );
  });

  it('go along a chain, from the end that the file names first', () => {
    const { left, r1, r2, r3, r4, right } = levels('router-chain');
    assert.deepEqual([r1! - left!, r2! - r1!, r3! - r2!, r4! - r3!, right! - r4!], [1, 1, 1, 1, 1]);
  });

  it('put what leads on behind a switch, and hosts before it', () => {
    const { pc1, pc4, lan, gw } = levels('bridge-lan');
    assert.deepEqual([pc1! - lan!, pc4! - lan!, gw! - lan!], [-1, -1, 1]);
  });

  it('are known of every node, islands too', () => {
    const graph = objectGraph({ nodes: { a: {}, b: {}, c: {} }, links: [['a:eth0', 'b:eth0']] });
    assert.deepEqual([...levelsOf(graph).keys()].toSorted(), ['a', 'b', 'c']);
  });
});
