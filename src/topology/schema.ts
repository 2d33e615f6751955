/** The schema's answer to a document: yes from the compiled validator, or no with the words of `explain.ts`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../sys/package-root.ts';
import type { Path } from '../model/place.ts';
import { plain } from './scalars.ts';
import { explain, type Schema } from './explain.ts';
import type { Problems } from './problems.ts';

const require = createRequire(import.meta.url);

/** The topology schema itself (schemas/topology.schema.json). */
export function readSchema(): Schema {
  // Two levels up from dist/src/topology is dist; the schema lies beside it.
  return JSON.parse(readFileSync(join(packageRoot(), 'schemas/topology.schema.json'), 'utf8')) as Schema;
}

/**
 * Checks a document and adds a problem for each mistake.
 *
 * `replaced` are the quoted scalars that came from a variable: `"${MTU}"` counts as a number where only a number will do.
 */
export function checkSchema(document: Record<string, unknown>, replaced: readonly Path[], problems: Problems): void {
  if (isValid(document)) return;
  const schema = readSchema();
  const variable = new Set(replaced.map(keyOf));
  for (const { path, found, types } of explain(schema, document)) {
    const fits = types?.some((type) => type === 'number' || type === 'integer' || type === 'boolean') === true;
    if (!fits || typeof found !== 'string' || !variable.has(keyOf(path))) continue;
    const value = plain(found);
    if (typeof value === 'number' || typeof value === 'boolean') put(document, path, value);
  }
  if (isValid(document)) return;
  // What misses only because a word of the text itself was refused is not told a second time.
  const mistakes = explain(schema, document).filter(({ path, side }) => side === 'value' || !problems.damaged(path));
  for (const { path, side, message } of mistakes) {
    if (side === 'key') problems.keyError(path, message);
    else problems.error(path, message);
  }
  // The two readings of the schema differ: that is a mistake of ours, and the file must not pass because of it.
  if (!problems.failed) problems.error([], 'the schema refuses this document, and netlab cannot say where');
}

/**
 * Takes out of the document what the schema refuses, so that the rules after it can trust what is left: a list keeps a hole, a
 * mapping loses the key, and what cannot be without that key goes too. False when nothing sensible is left.
 */
export function prune(document: Record<string, unknown>, problems: Problems): boolean {
  const schema = readSchema();
  for (let round = 0; round < 20; round++) {
    if (isValid(withoutHoles(document))) return true;
    for (const { path, spoils = path } of explain(schema, document)) remove(document, spoils, problems);
  }
  return false;
}

/** The schema knows nothing of the holes that `remove` leaves in lists. */
function withoutHoles(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map(withoutHoles);
  if (typeof value !== 'object' || value === null) return value;
  const out = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) out[key] = withoutHoles(item);
  return out;
}

function isValid(document: unknown): boolean {
  const validate = require('./schema-validator.cjs') as (document: unknown) => boolean;
  return validate(document);
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

function put(document: unknown, path: Path, value: unknown): void {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], document);
  (parent as Record<string | number, unknown>)[path.at(-1)!] = value;
}

/** Takes what stands at a path out of the document. Nodes and interfaces stay, but empty, since others name them. */
export function remove(document: unknown, path: Path, problems: Problems): void {
  problems.damage(path);
  let parent = document;
  for (const step of path.slice(0, -1)) {
    if (typeof parent !== 'object' || parent === null) return;
    parent = (parent as Record<string | number, unknown>)[step];
  }
  const last = path.at(-1);
  if (typeof parent !== 'object' || parent === null || last === undefined) return;
  const named = path[0] === 'nodes' && (path.length === 2 || (path.length === 4 && path[2] === 'interfaces'));
  if (Array.isArray(parent)) parent[Number(last)] = undefined;
  else if (named && last !== 'host') (parent as Record<string, unknown>)[last] = Object.create(null);
  else delete (parent as Record<string, unknown>)[last];
}
