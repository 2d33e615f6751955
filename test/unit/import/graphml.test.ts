/** GraphML → a graph → a topology: names, addresses, what is left out, and that the routes are shortest paths. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { TopologyError } from '../../../src/errors.ts';
import { graphTopology } from '../../../src/import/graphml/format.ts';
import { distances, neighbours } from '../../../src/import/graphml/hops.ts';
import { nodeNames } from '../../../src/import/graphml/names.ts';
import { readGraph } from '../../../src/import/graphml/read.ts';
import { expandObject } from '../../../src/topology/load.ts';
import type { TopologyDraft } from '../../../src/import/draft.ts';
import { KDL, operatorGraphml, operatorLinks } from '../../support/operator-graph.ts';

const RING = readFileSync(new URL('../../../../test/fixtures/import/graphml/ring.graphml', import.meta.url), 'utf8');

/** A graph of nodes a, b, c … with these lines between `<graph>` and `</graph>`. */
function graphOf(...lines: string[]): string {
  return ['<graphml>', '<graph>', '<node id="a"/><node id="b"/>', ...lines, '</graph>', '</graphml>'].join('\n');
}

function imported(text: string, routes = true): { topology: TopologyDraft; left: string[] } {
  const { topology, left } = graphTopology(readGraph(text, 'f.graphml'), 'maps/f.graphml', { routes });
  expandObject(topology, 'f');
  return { topology, left: left.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`) };
}

/** Where each packet goes: followed router by router through the routes, as the kernel would. */
function follow(topology: TopologyDraft, from: string, to: string): string[] {
  const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const owner = new Map<string, { node: string; peer: string }>();
  const local = new Map<string, string>();
  for (const link of topology.links ?? []) {
    assert.ok('endpoints' in link && link.subnet !== undefined);
    const ends = link.endpoints.map((end) => end.split(':')[0]!);
    const base = number(link.subnet.split('/')[0]!);
    const text = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
    ends.forEach((node, i) => owner.set(text(base + i), { node, peer: ends[1 - i]! }));
  }
  for (const [name, node] of Object.entries(topology.nodes)) {
    const [loopback = ''] = node.interfaces!['lo']!.addresses!;
    local.set(loopback.split('/')[0]!, name);
  }
  const trail = [from];
  const at = owner.get(to);
  for (let here = from; here !== (at?.node ?? local.get(to)); trail.push(here)) {
    assert.ok(trail.length <= Object.keys(topology.nodes).length, `a loop on the way to ${to}: ${trail.join(' ')}`);
    if (at?.peer === here) {
      here = at.node;
      continue;
    }
    const matching = (topology.nodes[here]!.routes ?? []).filter(({ to: prefix }) => {
      const [base = '', length = ''] = prefix.split('/');
      const size = 2 ** (32 - Number(length));
      assert.equal(number(base) % size, 0, prefix);
      return Math.floor(number(to) / size) === number(base) / size;
    });
    const length = (prefix: string): number => Number(prefix.split('/')[1]);
    const best = matching.toSorted((a, b) => length(b.to) - length(a.to))[0];
    assert.ok(best?.via !== undefined, `${here} has no route to ${to}`);
    here = owner.get(best.via)!.node;
  }
  return trail;
}

function assertShortest(topology: TopologyDraft, pairs: Iterable<readonly [number, number]>): void {
  const names = Object.keys(topology.nodes);
  const numbers = new Map(names.map((name, number) => [name, number]));
  const ends = topology.links!.map((link) => {
    assert.ok('endpoints' in link);
    const [a = '', b = ''] = link.endpoints.map((end) => end.split(':')[0]!);
    return [numbers.get(a)!, numbers.get(b)!] as const;
  });
  const hops = distances(neighbours(names.length, ends));
  for (const [a, b] of pairs) {
    const address = topology.nodes[names[b]!]!.interfaces!['lo']!.addresses![0]!.split('/')[0]!;
    const trail = follow(topology, names[a]!, address);
    assert.equal(trail.length - 1, hops[a]![b], trail.join(' '));
  }
}

function* everyPair(count: number): Generator<readonly [number, number]> {
  for (let a = 0; a < count; a++) for (let b = 0; b < count; b++) yield [a, b];
}

describe('GraphML', () => {
  it('becomes a router for each node and a link for each edge, with addresses', () => {
    const { topology } = imported(RING, false);
    assert.deepEqual(Object.keys(topology.nodes), ['zurich', 'st-gallen', 'geneve', 'zurich-2', 'n4', 'sitten-brig']);
    assert.equal(topology.name, 'f');
    assert.equal(topology.description, 'A ring with a tail: 6 routers, 7 links');
    assert.equal(topology.links?.length, 7);
    const loopbacks = Object.values(topology.nodes).map((node) => node.interfaces!['lo']!.addresses![0]!);
    assert.deepEqual(
      loopbacks.toSorted(),
      [1, 2, 3, 4, 5, 6].map((i) => `10.255.0.${i}/32`),
    );
    const ends = topology.links.flatMap((link) => ('endpoints' in link ? link.endpoints : []));
    assert.equal(new Set(ends).size, 14, 'each end has an interface of its own');
    const subnets = topology.links.map((link) => ('subnet' in link ? link.subnet! : ''));
    assert.deepEqual(
      subnets.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })),
      [0, 2, 4, 6, 8, 10, 12].map((i) => `10.0.0.${i}/31`),
    );
    assert.ok(Object.values(topology.nodes).every(({ routes }) => routes === undefined));
    assert.deepEqual(topology.defaults?.node?.forwarding, { ipv4: true });
  });

  it('says what it leaves out, at its line', () => {
    assert.deepEqual(imported(RING).left, [
      '22:5 edge sitten-brig: left out: this edge leads from a node to itself',
      '9:18 Longitude: left out of 1 node: a topology has no places on the earth',
      '16:33 LinkSpeed: left out of 1 edge: links have no speed; `impair: { rate: … }` gives them one',
    ]);
    const others = graphOf('<hyperedge><endpoint node="a"/></hyperedge>', '<node id="c"><port name="N"/></node>');
    assert.deepEqual(imported(others).left, [
      '4:1 <hyperedge>: left out: not a node or an edge',
      '5:14 <port>: left out: not a node or an edge',
    ]);
    const directed = graphOf('<edge source="a" target="b"/>').replace('<graph>', '<graph edgedefault="directed">');
    assert.match(imported(directed).left.join(), /^4:1 edge: a directed edge became a link/);
  });

  it('takes names that a host may have, unlike each other', () => {
    const labels = [
      'Paris',
      'paris-2',
      'Paris',
      'São Paulo',
      'Łódź',
      'host',
      '7-Eleven',
      '東京',
      '',
      "L'Aquila",
      'x'.repeat(99),
    ];
    assert.deepEqual(nodeNames(labels), [
      'paris',
      'paris-2',
      'paris-3',
      'sao-paulo',
      'lodz',
      'host-2',
      'n7-eleven',
      'node-8',
      'node-9',
      'laquila',
      'x'.repeat(40),
    ]);
  });

  it('takes the labels of yEd, and the ids of networkx', () => {
    const text = graphOf('<edge source="a" target="b"/>')
      .replace('<graph>', '<key for="node" id="d6" yfiles.type="nodegraphics"/><graph>')
      .replace(
        '<node id="a"/>',
        '<node id="a"><data key="d6"><y:ShapeNode><y:NodeLabel x="1">\n Core 1 \n</y:NodeLabel></y:ShapeNode></data></node>',
      );
    const { topology, left } = imported(text);
    assert.deepEqual(Object.keys(topology.nodes), ['core-1', 'b']);
    assert.deepEqual(left, []);
  });

  it('takes the nodes of inner graphs', () => {
    const inner = '<node id="g"><graph><node id="g::c"/><edge source="g::c" target="a"/></graph></node>';
    const { topology, left } = imported(graphOf(inner));
    assert.deepEqual(Object.keys(topology.nodes), ['a', 'b', 'g', 'g-c']);
    assert.equal(topology.links?.length, 1);
    assert.deepEqual(left, ['4:14 <graph>: the nodes of an inner graph became nodes like others']);
  });

  it('routes along shortest paths, to every loopback address and every link', () => {
    const { topology } = imported(RING);
    assertShortest(topology, everyPair(6));
    const trail = follow(
      topology,
      'sitten-brig',
      topology.nodes['st-gallen']!.interfaces!['lo']!.addresses![0]!.split('/')[0]!,
    );
    assert.deepEqual(trail, ['sitten-brig', 'n4', 'geneve', 'st-gallen']);
    for (const link of topology.links!) {
      const base = 'subnet' in link ? link.subnet!.split('/')[0]! : '';
      for (const from of Object.keys(topology.nodes)) follow(topology, from, base);
    }
  });

  it('routes within each part of a graph that is in parts, and nowhere else', () => {
    const { topology } = imported(
      graphOf(
        '<node id="c"/><node id="d"/><node id="e"/>',
        '<edge source="a" target="c"/><edge source="b" target="e"/>',
        '<edge source="c" target="d"/>',
      ),
    );
    for (const parts of [
      ['a', 'c', 'd'],
      ['b', 'e'],
    ]) {
      const wanted = parts.flatMap((from) => parts.map((to) => [from, to] as const));
      const names = Object.keys(topology.nodes);
      assertShortest(
        topology,
        wanted.map(([from, to]) => [names.indexOf(from), names.indexOf(to)] as const),
      );
    }
    const a = topology.nodes['a']!.interfaces!['lo']!.addresses![0]!.split('/')[0]!;
    assert.throws(() => follow(topology, 'e', a), /e has no route/);
  });

  it('needs few routes for the largest of the Topology Zoo, and each is on a shortest path', () => {
    const { topology, left } = imported(operatorGraphml(KDL));
    const routes = Object.values(topology.nodes).reduce((sum, node) => sum + (node.routes?.length ?? 0), 0);
    assert.ok(routes < 40 * KDL.nodes, `${routes} routes`);
    assert.deepEqual(left, []);
    // Every 997th pair: all nodes are among them, as senders and as targets.
    assertShortest(
      topology,
      Array.from({ length: 570 }, (_, i) => [(i * 997) % KDL.nodes, (i * 331 + 7) % KDL.nodes] as const),
    );
  });

  it('gives packets a longer life where the way is longer than 64 hops', () => {
    const nodes = Array.from({ length: 70 }, (_, i) => `<node id="c${i}"/>`).join('');
    const edges = Array.from({ length: 69 }, (_, i) => `<edge source="c${i}" target="c${i + 1}"/>`).join('');
    const { topology, left } = imported(graphOf(nodes, edges));
    assert.equal(topology.defaults?.node?.sysctls?.['net.ipv4.ip_default_ttl'], 255);
    assert.match(left.join(), /has 69 hops/);
    assert.equal(imported(RING).topology.defaults?.node?.sysctls?.['net.ipv4.ip_default_ttl'], undefined);
  });

  for (const [what, text, wanted] of [
    [
      'an edge to nowhere',
      graphOf('<edge source="a" target="z"/>'),
      '4:1 this edge has the target "z", and no node has that id',
    ],
    ['an id twice', graphOf('<node id="a"/>'), '4:1 the id "a" stands twice in this graph, first in line 3'],
    [
      'an edge without an end',
      graphOf('<edge source="a"/>'),
      '4:1 found <edge> without target, expected <edge target="…">',
    ],
    ['another document', '<html></html>', '1:1 found <html>, expected <graphml>'],
    ['no graph', '<graphml>\n</graphml>', '1:1 found no <graph> in this file, expected one'],
    ['two graphs', '<graphml><graph/>\n<graph/></graphml>', '2:1 found a second <graph>, expected one in a file'],
    [
      'a tag that ends another',
      '<graphml>\n <graph>\n</graphml>',
      '3:1 not valid XML: found </graphml>, expected </graph>',
    ],
    [
      'a text that ends early',
      '<graphml>\n <graph>\n',
      '2:2 not valid XML: <graph> is not closed: the text ends before </graph>',
    ],
    ['an empty file', '', '1:1 not valid XML: found no element'],
    ['a word outside', 'hello <graphml/>', '1:1 not valid XML: found text outside of the outermost element'],
    [
      'an entity of its own',
      '<graphml>&lol;</graphml>',
      '1:10 not valid XML: found &lol;, expected &amp;, &lt;, &gt;, &quot;, &apos; or &#NUMBER;',
    ],
    [
      'declared entities',
      '<!DOCTYPE g [<!ENTITY lol "lol">]>\n<graphml/>',
      '1:1 not valid XML: found a document type that declares something, expected none',
    ],
    [
      'an attribute twice',
      '<graphml>\n<graph id="a" id="b"/></graphml>',
      '2:15 not valid XML: the attribute id stands twice in this element',
    ],
    [
      'an attribute without quotes',
      '<graphml a=b/>',
      '1:1 not valid XML: found no element, expected <NAME ATTRIBUTE="VALUE"> (write &lt; for the character)',
    ],
    ['a comment without an end', '<graphml><!-- a', '1:10 not valid XML: this comment is not closed, expected -->'],
    [
      'elements without end in each other',
      '<graphml>'.repeat(200),
      '1:901 not valid XML: elements stand more than 100 deep in each other',
    ],
  ] as const) {
    it(`refuses ${what}, at its line and column`, () => {
      assert.throws(
        () => readGraph(text, 'f.graphml'),
        (error) => {
          assert.ok(error instanceof TopologyError);
          assert.deepEqual(
            error.problems.map(({ file, line, column, message }) => `${file} ${line}:${column} ${message}`),
            [`f.graphml ${wanted}`],
          );
          return true;
        },
      );
    });
  }

  it('reads what XML offers: CDATA, numbers of characters, comments, both quotes', () => {
    const text = `\ufeff<?xml version='1.0'?><!DOCTYPE graphml><graphml><!-- <node id="x"/> -->
      <key id='n' attr.name="label"/><graph><node id='&#x61;&amp;'><data key='n'><![CDATA[<b> & ]]>&#231;</data></node></graph></graphml>`;
    const graph = readGraph(text, 'f');
    assert.deepEqual(
      graph.nodes.map(({ id, data }) => [id, data.get('label')?.text]),
      [['a&', '<b> & ç']],
    );
  });
});

describe('a graph as operators have them', () => {
  it('is connected, has the links asked for, each once, and is the same for the same seed', () => {
    const links = operatorLinks(KDL);
    assert.equal(links.length, KDL.links);
    assert.equal(new Set(links.map((ends) => ends.toSorted((a, b) => a - b).join())).size, KDL.links);
    const hops = distances(neighbours(KDL.nodes, links));
    assert.ok(!hops[0]!.includes(-1));
    assert.equal(Math.max(...hops.map((row) => Math.max(...row))), 58);
    assert.deepEqual(
      operatorLinks({ nodes: 20, links: 25, seed: 1 }),
      operatorLinks({ nodes: 20, links: 25, seed: 1 }),
    );
  });
});
