import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { filesLike, targetsOf } from '../../../src/cli/testing/targets.ts';
import { tempFolder } from '../../support/index.ts';

describe('what is tested', () => {
  const root = join(tempFolder(), 'targets');
  before(() => {
    for (const student of ['ada', 'bob', '.hidden', 'c+d']) {
      mkdirSync(join(root, 'students', student), { recursive: true });
      writeFileSync(join(root, 'students', student, 'topology.yaml'), 'nodes: { a: {} }');
    }
    writeFileSync(join(root, 'students', 'topology.yaml'), '');
    writeFileSync(join(root, 'z.mjs'), 'export default {}');
    writeFileSync(join(root, 'part.mjs'), 'export const part = 1; // not export default');
    writeFileSync(join(root, 'a.json'), '{}');
    writeFileSync(join(root, 'read.me'), '');
  });

  const like = (pattern: string): string[] => filesLike(join(root, pattern)).map((file) => file.slice(root.length + 1));

  it('is what a pattern names, as a shell would', () => {
    const all = ['students/ada/topology.yaml', 'students/bob/topology.yaml', 'students/c+d/topology.yaml'];
    assert.deepEqual(like('students/*/topology.yaml'), all);
    assert.deepEqual(like('students/a?a/*.yaml'), [all[0]]);
    assert.deepEqual(like('students/c+*/topology.yaml'), [all[2]]);
    assert.deepEqual(like('students/.h*/topology.yaml'), ['students/.hidden/topology.yaml']);
    assert.deepEqual(like('**/a.json'), ['a.json']);
    assert.deepEqual(like('students/**/topology.yaml').length, 5);
    assert.deepEqual(like('nothing/*'), []);
    assert.deepEqual(like('students/bob/topology.yaml'), [all[1]]);
  });

  it('is every topology of a folder, and every file that is named', async () => {
    const options = { lab: undefined, pattern: undefined };
    const found = await targetsOf({ ...options, operands: [root, 'no/such.yaml', '-'] });
    assert.deepEqual(
      found.map((target) => ('file' in target ? target.file : '')),
      [join(root, 'a.json'), join(root, 'z.mjs'), 'no/such.yaml', '-'],
    );
    await assert.rejects(
      targetsOf({ ...options, operands: [join(root, 'students/ada/..')], pattern: 'x*' }),
      /no file is like/,
    );
  });
});
