import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { TOPOLOGIES } from '../../support/index.ts';

describe('every file in topologies/', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  for (const file of readdirSync(TOPOLOGIES).filter((name) => /\.ya?ml$/.test(name))) {
    it(`${file} has a test that brings it up`, () => {
      const name = file.replace(/\.ya?ml$/, '');
      assert.ok(readdirSync(folder).includes(`${name}.test.js`), `test/lab/topologies/${name}.test.ts is missing`);
      const text = readFileSync(`${folder}${name}.test.js`, 'utf8');
      assert.match(text, new RegExp(`describeTopology\\(\\s*'${name}'`));
    });
  }
});
