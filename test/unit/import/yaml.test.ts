/** What is printed is read again as what it was, whatever the texts in it. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { topologyYaml } from '../../../src/import/yaml.ts';
import { parseYaml } from '../../../src/topology/yaml.ts';

function read(text: string): unknown {
  const { value, problems } = parseYaml(text, {});
  assert.deepEqual(problems, [], text);
  return value;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('topologyYaml', () => {
  for (const text of [
    'a\n',
    'a',
    '',
    ' ',
    '\n',
    '\n\na\n',
    '  first\nsecond\n',
    'a\n\n\n',
    'a\n  \n',
    '\ttab\n\tand more\n',
    ' \n x\n',
    'no\r\nDOS\r\n',
    '${HOME}/$$/$x/$${y}',
    'echo $(( 1 + 2 )) "${a[@]}" $$\n',
    '[a, b]',
    '# no comment',
    "it's: one",
    'yes',
    '1e3',
    '12:30',
    'a\u0001b\n',
    '\u2028\nx',
    '- x\n- y\n',
    'k: |\n  v\n',
  ]) {
    it(`keeps ${JSON.stringify(text)}`, () => {
      const value = {
        nodes: { a: { files: { '/x': text }, setup: [text, 'b'] } },
        list: [text, [text], { k: text, l: 1 }],
      };
      assert.deepEqual(plain(read(topologyYaml(value))), value);
    });
  }

  it('keeps the empty lines at the end of a text before a section', () => {
    const value = { list: ['a\n\n'], nodes: { a: { setup: ['b\n\n\n'] } }, links: [['a:x', 'a:y']] };
    assert.deepEqual(plain(read(topologyYaml(value))), value);
  });

  it('keeps every value', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ' ', '\n', '\t', '$', '{', '}', ':', '#', "'", '"', '-', '|', '\\', 'é', '0'),
    });
    const leaf = fc.oneof(text, fc.integer(), fc.boolean());
    const key = fc
      .oneof(text, fc.constantFrom('nodes', 'a.b', '/etc/x', 'true', '10'))
      .filter((k) => k !== '<<' && k !== '__proto__');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4 }), (value) => {
        assert.deepEqual(plain(read(topologyYaml(value))), plain(value));
      }),
      { numRuns: 500 },
    );
  }).timeout(20_000);

  it('writes what is short in one line, and sections apart', () => {
    const text = topologyYaml({
      name: 'x',
      nodes: { a: { interfaces: { eth0: { addresses: ['10.0.0.1/24'] } }, setup: ['one\ntwo\n'] }, b: {} },
      links: [['a:eth0', 'b:eth0']],
    });
    assert.equal(
      text,
      [
        'name: x',
        '',
        'nodes:',
        '  a:',
        '    interfaces: { eth0: { addresses: [10.0.0.1/24] } }',
        '    setup:',
        '      - |',
        '        one',
        '        two',
        '  b: {}',
        '',
        'links:',
        '  - [a:eth0, b:eth0]',
        '',
      ].join('\n'),
    );
  });
});
