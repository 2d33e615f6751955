import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TopologyError } from '../../../src/errors.ts';
import { readTopology } from '../../../src/topology/load.ts';

describe('a topology that is a program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netlab-module-'));
  let count = 0;
  after(() => rmSync(folder, { recursive: true }));

  const write = (text: string, name = `topo${++count}.mjs`): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const names = async (file: string): Promise<string[]> => {
    const { model } = await readTopology(file);
    return model.resources.flatMap((each) => (each.kind === 'namespace' ? [each.node] : []));
  };
  const message = async (file: string): Promise<string> => {
    try {
      await readTopology(file);
    } catch (error) {
      assert.ok(error instanceof TopologyError, String(error));
      return error.message.replaceAll(`${folder}/`, '');
    }
    throw new Error('it passed');
  };

  for (const [what, text, name] of [
    ['an object', 'export default { nodes: { a: {}, b: null } };', 'object.mjs'],
    ['a function', 'export default () => ({ nodes: { a: {}, b: {} } });', 'function.mjs'],
    ['an asynchronous function', 'export default async () => ({ nodes: { a: {}, b: {} } });', 'async.mjs'],
    ['CommonJS', 'module.exports = { nodes: { a: {}, b: {} } };', 'common.cjs'],
    [
      'CommonJS from a compiler',
      'exports.__esModule = true; exports.default = () => ({ nodes: { a: {}, b: {} } });',
      'compiled.cjs',
    ],
    ['a .js file', 'module.exports = () => ({ nodes: { a: {}, b: {} } });', 'plain.js'],
  ] as const) {
    it(`may export ${what}`, async () => assert.deepEqual(await names(write(text, name)), ['a', 'b']));
  }

  it('is called by its file, unless it has a name', async () => {
    const { model, text } = await readTopology(write('export default { nodes: { a: {} } };', 'Big Ring.mjs'));
    assert.equal(model.name, 'big-ring');
    assert.equal(model.file, join(folder, 'Big Ring.mjs'));
    assert.equal(text, '{\n  "nodes": {\n    "a": {}\n  }\n}');
  });

  it('makes a lab of any size', async () => {
    const file = write(`export default () => {
      const nodes = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [\`n\${i}\`, {}]));
      return { nodes, links: Object.keys(nodes).map((name, i) => [\`\${name}:right\`, \`n\${(i + 1) % 1000}:left\`]) };
    };`);
    assert.equal((await names(file)).length, 1000);
  });

  it('is read anew each time', async () => {
    const file = write('export default { nodes: { before: {} } };');
    assert.deepEqual(await names(file), ['before']);
    writeFileSync(file, 'export default { nodes: { after: {} } };');
    assert.deepEqual(await names(file), ['after']);
  });

  for (const [what, text, expected, name] of [
    [
      'a mistake, by its path',
      'export default { nodes: { r1: { mut: 1, forwrding: true } } };',
      /^mistake\.mjs {2}nodes\.r1\.mut\n {2}unknown key "mut"[\s\S]*mistake\.mjs {2}nodes\.r1\.forwrding\n {2}unknown key "forwrding"; did you mean "forwarding"\?$/,
      'mistake.mjs',
    ],
    [
      'no export',
      'export const nodes = {};',
      /^none\.mjs\n {2}found no default export, expected the topology: export default \{ nodes: \{ … \} \}$/,
      'none.mjs',
    ],
    [
      'another export',
      'export default [];',
      /^list\.mjs\n {2}found an empty list as the default export, expected a topology or a function that returns one$/,
      'list.mjs',
    ],
    [
      'a function of nothing',
      'export default () => {};',
      /^nothing\.mjs\n {2}found a function that returned nothing as the default export/,
      'nothing.mjs',
    ],
    [
      'a value that JSON does not have',
      'export default { nodes: { a: { forwarding: () => true } } };',
      /^json\.mjs {2}nodes\.a\.forwarding\n {2}found a function, expected what JSON can say$/,
      'json.mjs',
    ],
    [
      'an error, with its line',
      '\n\nexport default () => { throw new TypeError("no more addresses\\nat all"); };',
      /^threw\.mjs:3:\d+\n {2}the function of this program threw: TypeError: no more addresses$/,
      'threw.mjs',
    ],
    [
      'an error while it is loaded',
      'const x = 1;\nx.y.z;\nexport default {};',
      /^early\.mjs:2:\d+\n {2}this program cannot be loaded: TypeError: Cannot read/,
      'early.mjs',
    ],
    [
      'a rejection that is no error',
      'export default async () => { throw "why"; };',
      /^odd\.mjs\n {2}the function of this program threw: "why"$/,
      'odd.mjs',
    ],
    [
      'a mistake of syntax',
      'export default {',
      /^syntax\.mjs(:\d+:\d+)?\n {2}this program cannot be loaded: SyntaxError: /,
      'syntax.mjs',
    ],
    [
      'ES modules in a .cjs',
      'export default {};',
      /^wrong\.cjs(:\d+:\d+)?\n {2}this program cannot be loaded: SyntaxError: .*ES modules is called \.mjs/,
      'wrong.cjs',
    ],
    [
      'a module that is not there',
      'import "./gone.mjs"; export default {};',
      /^imports\.mjs\n {2}this program cannot be loaded: Error: Cannot find module/,
      'imports.mjs',
    ],
  ] as const) {
    it(`is refused for ${what}`, async () => assert.match(await message(write(text, name)), expected));
  }

  it('is refused when there is no such file, in the words of any topology', async () => {
    assert.equal(await message(join(folder, 'nowhere.mjs')), 'nowhere.mjs\n  there is no such file');
  });

  it('may be TypeScript where Node reads it', async () => {
    const file = write('const name: string = "a"; export default { nodes: { [name]: {} } };', 'typed.ts');
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    if (major > 22 || (major === 22 && minor >= 18)) assert.deepEqual(await names(file), ['a']);
    else
      assert.match(
        await message(file),
        /^typed\.ts\n {2}this Node \(.*\) reads no TypeScript; Node 22\.18 or newer does/,
      );
  });
});

describe('strict', () => {
  it('takes warnings for errors', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'netlab-strict-'));
    const file = join(folder, 'x.yaml');
    writeFileSync(file, 'nodes: { a: { interfaces: { e: { mtu: 1400 } } }, b: {} }\nlinks: [["a:e", "b:e"]]\n');
    try {
      assert.equal((await readTopology(file)).warnings.length, 1);
      await assert.rejects(
        readTopology(file, { strict: true }),
        /x\.yaml:1:\d+ .*\n {2}warning: b:e has an MTU of 1500/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
