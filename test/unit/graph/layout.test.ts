import assert from 'node:assert/strict';

import type { Drawing } from '../../../src/graph/drawing.ts';
import { layOut } from '../../../src/graph/layout.ts';
import { widthOf } from '../../../src/graph/measure.ts';
import { placedGraph } from '../../../src/graph/placed.ts';
import { shownOf, USUAL } from '../../../src/graph/show.ts';
import { svg } from '../../../src/graph/svg/svg.ts';
import type { Graph, GraphBox } from '../../../src/model/graph.ts';
import { boxesOf, EXAMPLES, exampleGraph, objectGraph, randomTopology } from '../../support/drawn.ts';
import { SEED } from '../../support/random.ts';

/** Two rectangles that touch are beside each other. */
function overlap(a: GraphBox, b: GraphBox): boolean {
  const within = (from: number, length: number, other: number, otherLength: number): boolean =>
    from + 0.5 < other + otherLength && other + 0.5 < from + length;
  return within(a.x, a.width, b.x, b.width) && within(a.y, a.height, b.y, b.height);
}

function assertNoOverlap(graph: Graph, drawing: Drawing): void {
  const boxes = boxesOf(drawing);
  const found = boxes.flatMap((one, i) =>
    boxes.slice(i + 1).flatMap((other) => (overlap(one.box, other.box) ? [`${one.what} lies on ${other.what}`] : [])),
  );
  assert.deepEqual(found, [], graph.lab);
  for (const { what, box } of boxes) {
    const isInside =
      box.x >= -0.5 &&
      box.y >= -0.5 &&
      box.x + box.width <= drawing.width + 0.5 &&
      box.y + box.height <= drawing.height + 0.5;
    assert.ok(isInside, `${graph.lab}: ${what} is not in the picture`);
  }
}

/** A line may begin in its own boxes; it goes through nobody else's. */
function assertFreeWays(graph: Graph, drawing: Drawing): void {
  const found = drawing.wires.flatMap(({ link, points }) => {
    const own = new Set(link.ends.flatMap(({ node, interface: name }) => [node, `${node}:${name}`]));
    return boxesOf(drawing)
      .filter(({ what }) => !own.has(what) && what !== link.label)
      .flatMap(({ what, box }) =>
        points.slice(1).some((point, i) => overlap(lineBox(points[i]!, point), inset(box)))
          ? [`${[...own].join(' ')} goes through ${what}`]
          : [],
      );
  });
  assert.deepEqual(found, [], graph.lab);
}

/** Ways turn at right angles, so a part of one is a rectangle without a width. */
function lineBox(a: GraphBox | { x: number; y: number }, b: { x: number; y: number }): GraphBox {
  return {
    x: Math.min(a.x, b.x) - 0.5,
    y: Math.min(a.y, b.y) - 0.5,
    width: Math.abs(a.x - b.x) + 1,
    height: Math.abs(a.y - b.y) + 1,
  };
}

function inset({ x, y, width, height }: GraphBox): GraphBox {
  return { x: x + 1, y: y + 1, width: Math.max(0, width - 2), height: Math.max(0, height - 2) };
}

describe('the layout of a graph', function () {
  this.timeout(60_000);

  for (const name of EXAMPLES) {
    it(`lays nothing of ${name} upon anything`, async () => {
      const graph = exampleGraph(name);
      const drawing = await layOut(graph, shownOf(graph, USUAL));
      assertNoOverlap(graph, drawing);
      assertFreeWays(graph, drawing);
      assert.equal(drawing.plates.length, graph.nodes.length);
      assert.equal(drawing.wires.length, graph.links.length);
    });
  }

  it(`lays nothing upon anything in 6 random ones of up to 30 nodes (NETLAB_SEED=${SEED})`, async () => {
    for (let i = 0; i < 6; i++) {
      const graph = objectGraph(randomTopology(SEED + i, 3 + ((SEED + i * 7) % 28)));
      const drawing = await layOut(graph, shownOf(graph, USUAL));
      assertNoOverlap(graph, drawing);
      assertFreeWays(graph, drawing);
    }
  });

  it('gives the words of each end as much room as they need', async () => {
    const graph = exampleGraph('dual-stack');
    const { wires } = await layOut(graph, shownOf(graph, undefined));
    for (const { ends, link } of wires)
      for (const [i, end] of ends.entries()) {
        if (end === undefined) continue;
        assert.deepEqual(end.lines, [link.ends[i]!.interface, ...link.ends[i]!.addresses]);
        for (const line of end.lines) assert.ok(widthOf(line, 'mono') <= end.box.width, line);
      }
  });

  it('is the same each time', async () => {
    const graph = exampleGraph('fat-tree-k4');
    const first = await layOut(graph, shownOf(graph, undefined));
    assert.deepEqual(await layOut(exampleGraph('fat-tree-k4'), shownOf(graph, undefined)), first);
  });

  it('draws large ones by their names, and what hangs on one place in a frame', async () => {
    const hosts = Array.from({ length: 199 }, (_, i) => `pc${i}`);
    const star = objectGraph({
      nodes: { hub: { forwarding: true }, ...Object.fromEntries(hosts.map((name) => [name, {}])) },
      links: hosts.map((name, i) => ({ endpoints: [`hub:e${i}`, `${name}:eth0`], subnet: `10.0.${i}.0/31` })),
    });
    const routers = Array.from({ length: 200 }, (_, i) => `r${i}`);
    const chain = objectGraph({
      nodes: Object.fromEntries(routers.map((name) => [name, { forwarding: true }])),
      links: routers.slice(1).map((name, i) => [`${routers[i]!}:right`, `${name}:left`]),
    });
    for (const graph of [star, chain, objectGraph(randomTopology(SEED, 60))]) {
      const drawing = await layOut(graph, shownOf(graph, undefined));
      assertNoOverlap(graph, drawing);
      assert.deepEqual(
        drawing.plates.map(({ plate }) => plate.node.name),
        graph.nodes.map(({ name }) => name),
      );
      assert.ok(drawing.wires.every(({ ends: [a, b] }) => (a ?? b) === undefined || graph !== star));
      for (const { points } of placedGraph(graph, drawing).links) assert.ok(points.length > 1);
    }
    const { wires, blocks, width, height } = await layOut(star, new Set());
    assert.deepEqual([wires.length, wires[0]!.all?.length, blocks.length], [1, 199, 1]);
    assert.ok(width < 3000 && height < 3000);
    const { width: long, height: high } = await layOut(chain, new Set());
    assert.ok(long < 4000 && high < 4000, 'a chain is broken into rows');
  });

  it('marks in a frame whose link is cut', async () => {
    const ends = ['a', 'b', 'c', 'd'];
    const graph = objectGraph({
      nodes: {
        hub: {},
        ...Object.fromEntries(ends.map((name) => [name, { interfaces: { eth0: { up: name !== 'c' } } }])),
      },
      links: ends.map((name, i) => [`hub:e${i}`, `${name}:eth0`]),
    });
    const drawing = await layOut(graph, new Set());
    const { box } = drawing.plates.find(({ plate }) => plate.node.name === 'c')!;
    const crosses = [...svg(graph, drawing, 'light').matchAll(/class="cross" d="M([\d.]+) ([\d.]+)L/g)];
    assert.deepEqual(
      crosses.map(([, x, y]) => [Number(x), Number(y)]),
      [[box.x - 5, box.y + box.height / 2 - 5]],
    );
  });
});
