/** Graphs as labs: every router reaches every other one by its routes, on a shortest path. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { importTopology } from '../../../src/import/import.ts';
import { distances, neighbours } from '../../../src/import/graphml/hops.ts';
import { operatorGraphml, operatorLinks } from '../../support/operator-graph.ts';
import { inNode, netlab, probe, requireRoot, Scene, tempFile } from '../../support/index.ts';

const RING = fileURLToPath(new URL('../../../../test/fixtures/import/graphml/ring.graphml', import.meta.url));
const SIZE = { nodes: 60, links: 72, seed: 3 };

describe('import of GraphML', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'ping');
  });

  it('brings up a ring with a tail: all reach all loopback addresses and all links', async () => {
    const { topology, yaml } = importTopology(RING, { routes: true });
    await using scene = new Scene(yaml);
    await scene.up();
    const nodes = Object.entries(topology.nodes!);
    for (const [from] of nodes)
      for (const [to, node] of nodes) {
        const [address = ''] = node!.interfaces!['lo']!.addresses![0]!.split('/');
        const { code, stdout } = inNode(scene.name, from, ['ping', '-c1', '-W2', address]);
        assert.equal(code, 0, `${from} → ${to} (${address})\n${stdout}`);
      }
    const { code, stdout } = await netlab(['pingall', '--lab', scene.name]);
    assert.equal(code, 0, stdout);
    await scene.assertNothingToDo();
  });

  it('brings up a network of 60 routers, and the farthest two reach each other over as many hops as there must be', async () => {
    const { topology, yaml } = importTopology(tempFile(operatorGraphml(SIZE), 'operator.graphml'), { routes: true });
    await using scene = new Scene(yaml);
    await scene.up();
    const hops = distances(neighbours(SIZE.nodes, operatorLinks(SIZE)));
    const longest = Math.max(...hops.map((row) => Math.max(...row)));
    const from = hops.findIndex((row) => row.includes(longest));
    const names = Object.keys(topology.nodes!);
    const [near, far] = [names[from]!, names[hops[from]!.indexOf(longest)]!];
    const loopback = topology.nodes![far]!.interfaces!['lo']!.addresses![0]!.split('/')[0]!;
    const { code, stdout } = inNode(scene.name, near, ['ping', '-c1', '-W2', loopback]);
    assert.equal(code, 0, stdout);
    // The echo's reply loses one at each router on its way back.
    assert.equal(/ttl=(\d+)/.exec(stdout)?.[1], String(64 - longest + 1));
    assert.ok(longest > 8, `only ${longest} hops`);
  });
});
