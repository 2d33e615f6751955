import assert from 'node:assert/strict';

import { Lab } from '../../../src/lab.ts';
import { inNode, probe, requireRoot, Scene, until } from '../../support/index.ts';

/** Three switches in a ring, and a host at each. */
const RING = `
nodes:
  a: { interfaces: { eth0: { addresses: [10.1.0.2/24] } } }
  b: { interfaces: { eth0: { addresses: [10.1.0.3/24] } } }
  c: { interfaces: { eth0: { addresses: [10.1.0.4/24] } } }
  s1: { interfaces: { br0: { type: bridge, ports: [a, to2, to3], stp: true } } }
  s2: { interfaces: { br0: { type: bridge, ports: [b, to1, to3], stp: true } } }
  s3: { interfaces: { br0: { type: bridge, ports: [c, to1, to2], stp: true } } }
links:
  - ["a:eth0", "s1:a"]
  - ["b:eth0", "s2:b"]
  - ["c:eth0", "s3:c"]
  - ["s1:to2", "s2:to1"]
  - ["s2:to3", "s3:to2"]
  - ["s3:to1", "s1:to3"]
`;

describe('why and spanning tree', () => {
  let scene: Scene;
  let lab: Lab;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'ping');
    scene = new Scene(RING, 'ring');
    await scene.up();
    lab = await Lab.open(scene.name);
  });
  after(() => scene?.[Symbol.asyncDispose]());

  const run = (node: string, ...words: readonly string[]): string => {
    const { code, stdout, stderr } = inNode(scene.name, node, words);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  /** `s2:to3 blocking`, by bridge(8). */
  const states = (): string[] =>
    ['s1', 's2', 's3'].flatMap((node) =>
      (JSON.parse(run(node, 'bridge', '-j', 'link')) as { ifname: string; state: string }[]).map(
        ({ ifname, state }) => `${node}:${ifname} ${state}`,
      ),
    );
  const blocked = (): string[] => states().filter((each) => !each.endsWith(' forwarding'));

  it('names the first port that does not forward yet', async () => {
    assert.equal(blocked().length, 9);
    const { cause } = await lab.why('a', 'b');
    assert.deepEqual([cause?.word, cause?.node, cause?.interface], ['stp-blocking', 's1', 'a']);
    assert.match(cause!.text, /spanning tree holds it \(state (listening|learning)\)/);
    assert.equal(scene.text.split('\n')[cause!.place!.line - 1], '  - ["a:eth0", "s1:a"]');
  });

  it('tells the way around the port that stays blocked', async function () {
    this.timeout(20_000);
    // As short as a bridge lets it be, and the first the root: then the way between the two others is the one that is blocked.
    for (const [i, node] of ['s1', 's2', 's3'].entries())
      run(
        node,
        ...`ip link set br0 type bridge forward_delay 200 hello_time 100 max_age 600 priority ${4096 * (i + 1)}`.split(
          ' ',
        ),
      );
    for (const node of ['s1', 's2', 's3']) run(node, 'ip', 'link', 'set', 'br0', 'down');
    for (const node of ['s1', 's2', 's3']) run(node, 'ip', 'link', 'set', 'br0', 'up');
    await until(() => blocked().join(' ') === 's3:to2 blocking', { timeout: 15_000 });
    assert.equal(inNode(scene.name, 'b', ['ping', '-c', '1', '-W', '1', '10.1.0.4']).code, 0);
    const { reaches, hops } = await lab.why('b', 'c');
    assert.ok(reaches);
    assert.match(hops[0]!.text, /^b sends from 10\.1\.0\.3 by eth0 over s2, s1, s3 straight to 10\.1\.0\.4/);
    assert.match(hops[2]!.text, /^c answers .* over s3, s1, s2 straight to/);
    assert.match((await lab.why('a', 'c')).hops[0]!.text, /by eth0 over s1, s3 straight to/);
  });

  it('names the port that is to take over, and has not yet', async () => {
    run('s1', 'ip', 'link', 'set', 'to3', 'down');
    await until(() => states().includes('s3:to2 listening') || states().includes('s3:to2 learning'));
    const { cause } = await lab.why('b', 'c');
    assert.deepEqual([cause?.word, cause?.node, cause?.interface], ['stp-blocking', 's3', 'to2']);
  });
});
