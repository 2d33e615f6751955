import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Lab } from '../../../src/index.ts';
import type { PlacedGraph } from '../../../src/model/graph.ts';
import {
  describeForUsers,
  edited,
  ipJson,
  netlab,
  probe,
  requireRoot,
  Scene,
  tempFile,
  tempFolder,
  TOPOLOGIES,
  toolInNode,
  until,
} from '../../support/index.ts';

const PAIR = `${TOPOLOGIES}pair.yaml`;

describe('graph of a file', () => {
  it('writes SVG, and other formats where they are asked for or a file is named so', async () => {
    assert.match((await netlab(['graph', PAIR])).stdout, /^<svg .*<\/svg>\n$/s);
    assert.match(
      (await netlab(['graph', '--format', 'mermaid', PAIR])).stdout,
      /^---\ntitle: "pair"\n---\nflowchart LR\n/,
    );
    const { stdout, stderr, code } = await netlab(['graph', '--json', PAIR]);
    const graph = JSON.parse(stdout) as PlacedGraph;
    assert.deepEqual([graph.source, graph.nodes.length, stderr, code], ['file', 2, '', 0]);
    const file = join(tempFolder(), 'pair.dot');
    assert.equal((await netlab(['graph', '-o', file, PAIR])).stdout, '');
    assert.match(readFileSync(file, 'utf8'), /^graph "pair" \{\n/);
    assert.match((await netlab(['graph', '-'], { input: 'nodes: { only: {} }' })).stdout, />only<\/text>/);
  });

  it('shows what is asked for', async () => {
    const shown = async (...words: string[]): Promise<string> => (await netlab(['graph', ...words, PAIR])).stdout;
    assert.match(await Lab.graph(PAIR), />172\.2\.0\.1\/24<\/text>/);
    assert.doesNotMatch(await shown('--show', 'none'), />172\.2\.0\.1\/24<\/text>|>eth0<\/text>/);
    assert.match(await shown('--show=all'), />172\.2\.0\.1\/24<\/text>.*>172\.2\.0\.0\/24<\/text>/s);
    assert.doesNotMatch(await shown('--theme', 'dark'), /@media/);
  });

  it('refuses what it cannot do, and writes nothing then', async () => {
    const file = join(tempFolder(), 'never.png');
    const refused = async (...words: string[]): Promise<string> => {
      const { code, stderr, stdout } = await netlab(['graph', ...words, PAIR]);
      assert.deepEqual([code, stdout.replace(/^\{\s*"error"[^]*/, '')], [2, '']);
      return stderr;
    };
    assert.match(await refused('-o', file), /its ending names no format; say --format svg, mermaid, dot, json/);
    assert.match(
      await refused('--format', 'mermaiid'),
      /found "mermaiid", expected svg, mermaid, dot or json; did you mean "mermaid"\?/,
    );
    assert.match(
      await refused('--show', 'route'),
      /found "route", expected addresses, .*; did you mean "routes"\?, or all, or none/,
    );
    assert.match(await refused('--theme', 'dark', '--format', 'dot'), /--theme is for SVG, and this is dot/);
    assert.match(await refused('--json', '--format', 'svg'), /--json and --format exclude each other/);
    assert.match(await refused('--reach'), /--reach is for a lab that runs: say -l NAME/);
    assert.match(await refused('-l', 'pair'), /Name it once/);
    assert.equal(existsSync(file), false);
    const wrong = tempFile('nodes: { a: { forwardng: true } }\n', 'wrong-graph.yaml');
    const { code, stderr } = await netlab(['graph', wrong]);
    assert.equal(code, 2);
    assert.match(stderr, /wrong-graph\.yaml:1:15 .*did you mean "forwarding"\?/s);
    const denied = await netlab(['graph', '-o', '/proc/none/lab.svg', PAIR]);
    assert.equal(denied.code, 1);
    assert.match(denied.stderr, /^netlab: write \/proc\/none\/lab\.svg: ENOENT, no such file or directory$/m);
    const unknown = await netlab(['graph', 'no-such-lab-at-all']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no lab no-such-lab-at-all/);
  });
});

const PODS = readFileSync(`${TOPOLOGIES}pod-network.yaml`, 'utf8').replace(/^checks:[^]*/m, '');
const WITH_PROCESSES = edited(
  PODS,
  '  pod4:\n',
  '  pod4:\n    processes: { ends: { command: exit 3 }, done: { command: exit 0 }, stays: { command: sleep infinity } }\n',
);

describeForUsers('graph of a lab that runs', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'nftables NAT');
    if (this.test?.titlePath().includes('as nobody') === true) probe(this, 'user namespaces of nobody');
    scene = new Scene(WITH_PROCESSES);
    await scene.up();
  });
  after(() => scene?.[Symbol.asyncDispose]());

  const graph = async (...words: readonly string[]): Promise<PlacedGraph> => {
    const { stdout, stderr } = await netlab(['graph', '--json', ...words]);
    assert.equal(stderr, '');
    return JSON.parse(stdout) as PlacedGraph;
  };
  const cuts = ({ links }: PlacedGraph): string[] =>
    links
      .filter(({ cut }) => cut)
      .map(({ ends }) => ends.map(({ node, interface: name, state }) => `${node}:${name} ${state}`).join(', '));

  it('is that of its file, but for what has ended', async () => {
    await until(async () =>
      (await graph(scene.name)).nodes.some(({ processes }) => processes.some(({ trouble }) => trouble !== null)),
    );
    const [wanted, seen] = await Promise.all([graph(scene.file), graph('-l', scene.name)]);
    const { description: _, source, ...rest } = seen;
    assert.equal(source, 'lab');
    const processes = (g: PlacedGraph): unknown => g.nodes.find(({ name }) => name === 'pod4')!.processes;
    assert.deepEqual(processes(seen), [
      { name: 'ends', trouble: 'ended with 3' },
      { name: 'done', trouble: null },
      { name: 'stays', trouble: null },
    ]);
    const bare = ({ nodes, links, unreachable }: Omit<PlacedGraph, 'description' | 'source'>): object => ({
      nodes: nodes.map(({ box: _box, processes: _processes, ...node }) => node),
      links: links.map(({ points: _points, ...link }) => link),
      unreachable,
    });
    assert.deepEqual(bare(rest), bare(wanted));
  });

  it('marks what is cut, and the tunnel over it, and who does not reach whom', async () => {
    toolInNode(scene.name, 'pod1', ['ip', 'link', 'set', 'eth0', 'down']);
    // The kernel tells the other end a moment later.
    await until(() => {
      const states = ipJson<{ ifname: string; operstate: string }>(scene.name, 'host1', 'link');
      return states.find(({ ifname }) => ifname === 'pod1')?.operstate === 'DOWN';
    });
    const one = await graph('-l', scene.name);
    assert.deepEqual(cuts(one), ['host1:pod1 no-carrier, pod1:eth0 down']);
    assert.equal(one.unreachable, null);

    assert.equal((await netlab(['link', 'down', 'host2:eth0', '-l', scene.name])).code, 0);
    const two = await graph('-l', scene.name, '--reach');
    assert.deepEqual(cuts(two), [
      'host1:eth0 no-carrier, host2:eth0 down',
      'host1:pod1 no-carrier, pod1:eth0 down',
      'host1:flannel.1 no-carrier, host2:flannel.1 no-carrier',
    ]);
    const pairs = two.unreachable!.map(({ from, to }) => `${from} ${to}`);
    assert.ok(pairs.includes('pod2 pod3') && pairs.includes('pod1 pod2'));
    assert.ok(!pairs.includes('pod3 pod4') && !pairs.includes('pod2 host1'));
    const { stdout } = await netlab(['graph', '-l', scene.name]);
    assert.equal(stdout.match(/class="cross"/g)?.length, 3);
    assert.match(stdout, />eth0 down<\/text>/);
    assert.match(stdout, />ended with 3<\/text>/);
  });
});

describe('Lab.graph', () => {
  it('is what the command prints, of a file or of an object', async () => {
    const { stdout } = await netlab(['graph', '--format=mermaid', PAIR]);
    assert.equal(await Lab.graph(PAIR, { format: 'mermaid' }), stdout);
    assert.match(await Lab.graph({ name: 'own', nodes: { a: {} } }), />own<\/text>/);
  });
});
