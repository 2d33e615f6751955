/** Topologies that are programs: what they write down is what they are, and `up` takes them as they are; so does standard input. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { loadTopology, readTopology } from '../../../src/topology/load.ts';
import {
  assertHostUnchanged,
  assertPing,
  hostSnapshot,
  netlab,
  netnsOf,
  probe,
  requireRoot,
  run,
  tempFile,
  TOPOLOGIES,
  uniqueLabName,
} from '../../support/index.ts';

const withoutPlaces = (resources: readonly object[]): unknown =>
  JSON.parse(JSON.stringify(resources, (key, value: unknown) => (key === 'at' ? undefined : value)));

describe('generated topologies', () => {
  for (const [program, file] of [
    ['abilene.mjs', 'abilene.yaml'],
    ['fat-tree.mjs', 'fat-tree-k4.yaml'],
  ] as const) {
    it(`${file} is what ${program} writes`, () => {
      assert.equal(run(process.execPath, [`${TOPOLOGIES}${program}`]), readFileSync(`${TOPOLOGIES}${file}`, 'utf8'));
    });

    it(`${program} is the same lab`, async () => {
      const { model, checks } = await readTopology(`${TOPOLOGIES}${program}`);
      const written = loadTopology(`${TOPOLOGIES}${file}`);
      assert.equal(model.name, written.model.name);
      assert.deepEqual(withoutPlaces(model.resources), withoutPlaces(written.model.resources));
      assert.deepEqual(JSON.parse(JSON.stringify(checks)), JSON.parse(JSON.stringify(written.checks)));
    });
  }

  it('a fat tree grows with K, and says what K may be', async () => {
    const { code, stdout } = await netlab(['validate', `${TOPOLOGIES}fat-tree.mjs`], { env: { K: '8' } });
    assert.deepEqual([code, stdout], [0, `${TOPOLOGIES}fat-tree.mjs: ok\n`]);
    const odd = await netlab(['validate', `${TOPOLOGIES}fat-tree.mjs`], { env: { K: '5' } });
    assert.equal(odd.code, 2);
    assert.match(odd.stderr, /fat-tree\.mjs:\d+:\d+\n {2}the function of this program threw: RangeError: K is an even/);
  });

  describe('brought up', () => {
    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'ping');
    });

    it('a program: up, plan, edited, down by its file', async () => {
      const name = uniqueLabName('program');
      const text = (size: number): string => `const size = ${size};
        export default async () => ({
          name: '${name}',
          nodes: Object.fromEntries(Array.from({ length: size }, (_, i) => ['n' + i, {}])),
          bridges: { lan: { ports: Array.from({ length: size }, (_, i) => 'n' + i), subnet: '10.0.0.0/24' } },
        });`;
      const before = hostSnapshot();
      const file = tempFile(text(3), `${name}.mjs`);
      const up = await netlab(['up', file]);
      assert.equal(up.code, 0, up.stderr);
      try {
        assertPing(name, 'n0', '10.0.0.3');
        assert.equal((await netlab(['plan', '--exit-code', file])).code, 0);
        tempFile(text(4), `${name}.mjs`);
        assert.equal((await netlab(['up', file])).code, 0);
        assert.deepEqual(netnsOf(name), ['lan', 'n0', 'n1', 'n2', 'n3']);
        assertPing(name, 'n0', '10.0.0.4');
      } finally {
        assert.equal((await netlab(['down', file])).code, 0);
      }
      assertHostUnchanged(before, hostSnapshot(), { labs: [name] });
    });

    it('standard input: what a program writes to a pipe', async () => {
      const name = uniqueLabName('stdin');
      const input = JSON.stringify({
        name,
        nodes: { a: {}, b: {} },
        links: [{ endpoints: ['a:x', 'b:x'], subnet: '10.0.0.0/31' }],
      });
      try {
        const up = await netlab(['up', '-'], { input });
        assert.equal(up.code, 0, up.stderr);
        assertPing(name, 'a', '10.0.0.1');
        assert.equal((await netlab(['plan', '--exit-code', '-'], { input })).code, 0);
        const piped = spawnSync('sh', ['-c', `node topologies/abilene.mjs | '${process.execPath}' dist/bin/netlab.cjs validate -`], {
          cwd: new URL('..', `file://${TOPOLOGIES}`).pathname,
          encoding: 'utf8',
        });
        assert.equal(piped.stdout, '-: ok\n', piped.stderr);
      } finally {
        assert.equal((await netlab(['down', name])).code, 0);
      }
    });
  });
});
