import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { written } from '../../../src/graph/written.ts';
import { DARK, LIGHT, type Palette } from '../../../src/graph/svg/palette.ts';
import { Lab } from '../../../src/index.ts';
import { exampleGraph, objectGraph } from '../../support/drawn.ts';
import { PICTURES } from '../../support/pictures.ts';
import { probe } from '../../support/probe.ts';

const ROOT = new URL('../../../../', import.meta.url);

/** By WCAG 2, of two colours as `#rrggbb`: 1 to 21. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const [dark, light] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

/** What libxml2 has against it as XML. */
function xmllint(text: string): string {
  const { status, stderr } = spawnSync('xmllint', ['--noout', '-'], { input: text, encoding: 'utf8' });
  return status === 0 ? '' : stderr;
}

describe('a picture as SVG', function () {
  this.timeout(30_000);

  it('can be read in light and in dark', () => {
    for (const [name, c] of Object.entries({ LIGHT, DARK })) {
      const grounds: readonly (keyof Palette)[] = ['paper', 'box', 'router', 'host', 'world'];
      for (const ground of grounds) {
        for (const text of ['text', 'dim'] as const)
          assert.ok(contrast(c[text], c[ground]) >= 4.5, `${name}: ${text} on ${ground}`);
        assert.ok(contrast(c.trouble, c[ground]) >= 4.5, `${name}: trouble on ${ground}`);
      }
      assert.ok(contrast(c.onBadge, c.badge) >= 4.5, `${name}: badges`);
      assert.ok(contrast(c.tunnel, c.paper) >= 4.5, `${name}: tunnels`);
      // What is no text, but means something: 3 to 1.
      for (const line of ['line', 'bridge', 'alive', 'boxEdge', 'routerEdge', 'hostEdge', 'worldEdge'] as const)
        assert.ok(contrast(c[line], c.paper) >= 3, `${name}: ${line}`);
    }
  });

  it('turns dark by itself, unless it is said', async () => {
    const graph = exampleGraph('pair');
    const [auto, light, dark] = await Promise.all([
      written(graph),
      written(graph, { theme: 'light' }),
      written(graph, { theme: 'dark' }),
    ]);
    assert.match(auto, /@media \(prefers-color-scheme:dark\)/);
    assert.doesNotMatch(light + dark, /@media/);
    assert.ok(auto.includes(LIGHT.paper) && auto.includes(DARK.paper));
    assert.ok(light.includes(LIGHT.paper) && !light.includes(DARK.paper));
    assert.ok(dark.includes(DARK.paper) && !dark.includes(LIGHT.paper));
  });

  it('is XML, whatever the words are', async function () {
    const text = await written(
      objectGraph({
        name: 'odd',
        description: 'less < more & "quotes" \'s ]]> \u0007 ünï 漢字',
        nodes: {
          a: { processes: { p: { command: 'true' } }, nat: [{ masquerade: { out: 'eth0' } }] },
          b: { interfaces: { eth0: { addresses: ['10.0.0.2/24'] } } },
        },
        links: [['a:eth0', 'b:eth0']],
      }),
    );
    assert.match(text, /less &lt; more &amp; /);
    probe(this, 'xmllint');
    assert.equal(xmllint(text), '');
    assert.notEqual(xmllint(text.replace('</svg>', '')), '');
  });

  it('says in words what it shows', async () => {
    const text = await written(exampleGraph('pod-network'));
    assert.match(text, /^<svg [^>]*role="img" aria-labelledby="netlab-pod-network-title netlab-pod-network-desc">/);
    assert.match(text, /<title id="netlab-pod-network-title">pod-network<\/title>/);
    const description = /<desc id="netlab-pod-network-desc">([^<]*)</.exec(text)![1]!;
    assert.match(description, /6 nodes, 5 links, 1 tunnel\./);
    assert.match(description, /^host1:eth0 192\.168\.0\.1\/24 — host2:eth0 192\.168\.0\.2\/24$/m);
    assert.match(description, /^vxlan 1: host1:flannel\.1 10\.244\.1\.0\/32 — host2:flannel\.1 10\.244\.2\.0\/32$/m);
    // Where the pointer rests.
    assert.match(
      text,
      /<title>host1, a router\ncni0: bridge 10\.244\.1\.1\/24 of pod1, pod2\nnat: masquerade out eth0/,
    );
  });

  it('asks nobody for anything', async () => {
    const text = await written(exampleGraph('fat-tree-k4'));
    assert.doesNotMatch(text, /href|url\(|@import|<script|font-face/);
    assert.deepEqual(text.match(/https?:[^"]*/g), ['http://www.w3.org/2000/svg']);
  });
});

describe('the pictures of the documentation', function () {
  this.timeout(30_000);

  it('are all there is in docs/pictures', () => {
    assert.deepEqual(readdirSync(new URL('docs/pictures/', ROOT)).toSorted(), Object.keys(PICTURES).toSorted());
  });

  for (const [file, { topology, options }] of Object.entries(PICTURES)) {
    it(`${file} is what graph draws now (else: npm run pictures)`, async () => {
      const drawn = await Lab.graph(fileURLToPath(new URL(`topologies/${topology}`, ROOT)), options);
      assert.ok(readFileSync(new URL(`docs/pictures/${file}`, ROOT), 'utf8') === drawn, `${file} is out of date`);
    });
  }
});
