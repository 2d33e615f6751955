// Compiles schemas/topology.schema.json to dist/src/topology/schema-validator.cjs, after tsc. Compiling it at run time would
// cost every command some 300 ms. CommonJS, because ajv's own helpers are, and because `require` loads it only when needed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { Ajv } = require('ajv');
const standalone = require('ajv/dist/standalone').default;

const root = new URL('../', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('schemas/topology.schema.json', root), 'utf8'));
const output = fileURLToPath(new URL('dist/src/topology/schema-validator.cjs', root));

/** The validator only answers yes or no, so it may lack all words: src/topology/explain.ts finds them when the answer is no. */
function withoutWords(value) {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      if (key === 'properties' || key === 'definitions') {
        return [[key, Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, withoutWords(one)]))]];
      }
      return ['description', 'title', 'examples', 'default', 'errorMessage'].includes(key)
        ? []
        : [[key, withoutWords(inner)]];
    }),
  );
}

const ajv = new Ajv({
  code: { source: true, lines: true, optimize: 2 },
  strict: true,
  allowUnionTypes: true,
  strictTypes: false,
  messages: false,
  inlineRefs: false,
});
const code = standalone(ajv, ajv.compile(withoutWords(schema)));
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, `// Made by scripts/build-validator.mjs from schemas/topology.schema.json.\n${code}`);
