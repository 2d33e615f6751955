/**
 * Every broken topology of test/fixtures/broken with the exact text of its problems. After a message has been changed on purpose:
 * `UPDATE_FIXTURES=1 npx mocha dist/test/unit/topology/broken.test.js`, and read the difference that git shows.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { TopologyError } from '../../../src/errors.ts';
import { loadTopologyText } from '../../../src/topology/load.ts';

// From dist/test/unit/topology; fixtures are not compiled.
const folder = new URL('../../../../test/fixtures/broken/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length));

function messageOf(name: string): string {
  const text = readFileSync(new URL(`${name}.yaml`, folder), 'utf8');
  try {
    loadTopologyText(text, `${name}.yaml`, { env: {} });
  } catch (error) {
    if (error instanceof TopologyError) return `${error.message}\n`;
    throw error;
  }
  throw new Error(`${name}.yaml passed`);
}

describe('broken topologies', () => {
  it('are more than a hundred', () => assert.ok(names.length > 100, String(names.length)));

  for (const name of names) {
    it(`${name}.yaml`, () => {
      const message = messageOf(name);
      const file = new URL(`${name}.txt`, folder);
      if (process.env['UPDATE_FIXTURES'] !== undefined) writeFileSync(file, message);
      assert.equal(message, readFileSync(file, 'utf8'));
    });
  }
});
