import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { formatOf } from '../../../src/graph/formats.ts';
import { written } from '../../../src/graph/written.ts';
import type { PlacedGraph } from '../../../src/model/graph.ts';
import { probe } from '../../support/probe.ts';
import { EXAMPLES, exampleGraph, objectGraph } from '../../support/drawn.ts';

const CUT = objectGraph({
  name: 'end',
  nodes: { end: { interfaces: { eth0: { up: false } } }, 'b-1': {}, lone: {} },
  links: [['end:eth0', 'b-1:eth0']],
});

describe('a graph as text', function () {
  this.timeout(30_000);

  it('is of the format that the name of the file says', () => {
    assert.deepEqual(
      ['a.svg', 'a.MMD', 'b/a.mermaid', 'a.dot', 'a.gv', 'a.json', 'a.png', 'svg', '/dev/stdout'].map(formatOf),
      ['svg', 'mermaid', 'mermaid', 'dot', 'dot', 'json', undefined, undefined, undefined],
    );
  });

  it('is Mermaid, in which no word of the file means anything', async () => {
    assert.equal(
      await written(CUT, { format: 'mermaid' }),
      [
        '---',
        'title: "end"',
        '---',
        'flowchart LR',
        '  n0["end"]',
        '  n1["b-1"]',
        '  n2["lone"]',
        '  n0 -- "end:eth0 down<br/>(cut)" --- n1',
        '  classDef computer fill:#f6f8fa,stroke:#8c959f,color:#1f2328',
        '  classDef router fill:#e3f1ff,stroke:#0969da,color:#1f2328',
        '  classDef host fill:#fff3d6,stroke:#9a6700,color:#1f2328',
        '  classDef bridge fill:#7d4bd0,stroke:#7d4bd0,color:#ffffff',
        '  classDef world fill:#eef0f2,stroke:#6e7781,color:#1f2328',
        '  class n0,n1,n2 computer',
        '  linkStyle 0 stroke:#c5221f,stroke-dasharray:3 5',
        '',
      ].join('\n'),
    );
    const text = await written(exampleGraph('pod-network'), { format: 'mermaid', show: ['nat', 'addresses'] });
    assert.match(text, /^ {2}n0\["host1<br\/>masquerade out eth0 from 10\.244\.0\.0\/16"\]$/m);
    assert.match(text, /^ {2}n2 -- "pod1:eth0 10\.244\.1\.2\/24" --- n0$/m);
    assert.match(text, /^ {2}n0 -\. "vxlan 1<br\/>host1:flannel\.1 10\.244\.1\.0\/32<br\/>.*" \.- n1$/m);
  });

  it('is DOT that Graphviz draws: every example', async function () {
    probe(this, 'dot');
    for (const name of EXAMPLES) {
      const graph = exampleGraph(name);
      const text = await written(graph, {
        format: 'dot',
        show: ['addresses', 'devices', 'processes', 'networks', 'routes'],
      });
      const { status, stdout, stderr } = spawnSync('dot', ['-Tplain'], { input: text, encoding: 'utf8' });
      assert.equal(status, 0, `${name}: ${stderr}`);
      assert.equal(stdout.match(/^node /gm)?.length, graph.nodes.length, name);
      assert.equal(stdout.match(/^edge /gm)?.length ?? 0, graph.links.length, name);
    }
  });

  it('is DOT, whose words are quoted', async () => {
    const text = await written({ ...CUT, description: 'a "b" \\ c' }, { format: 'dot' });
    assert.match(text, /label="end\\na \\"b\\" \\\\ c"/);
    assert.match(text, /^ {2}"end" -- "b-1" \[taillabel="eth0 down", color="#c5221f", style="dotted"\]$/m);
  });

  it('is JSON, with places', async () => {
    const graph = JSON.parse(await written(exampleGraph('pair'), { format: 'json' })) as PlacedGraph;
    assert.deepEqual(Object.keys(graph), [
      'lab',
      'description',
      'source',
      'width',
      'height',
      'nodes',
      'links',
      'unreachable',
    ]);
    const [a, b] = graph.nodes;
    assert.ok(a!.box.x + a!.box.width < b!.box.x && b!.box.x + b!.box.width <= graph.width);
    const { points, ends } = graph.links[0]!;
    assert.deepEqual([ends[0].node, ends[1].node], ['a', 'b']);
    assert.deepEqual([points[0]!.x, points.at(-1)!.x], [a!.box.x + a!.box.width, b!.box.x]);
  });

  it('is the same each time, in all formats', async () => {
    for (const format of ['svg', 'mermaid', 'dot', 'json'] as const)
      assert.equal(await written(exampleGraph('ecmp'), { format }), await written(exampleGraph('ecmp'), { format }));
  });
});
