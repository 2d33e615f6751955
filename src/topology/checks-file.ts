/** A file of checks alone, for labs that others have written. */
import type { TopologyDocument } from './document.ts';
import { isProgram, type OtherChecks } from './load.ts';
import { readModule } from './module.ts';
import { formatPath } from '../model/place.ts';
import { readObject } from './object.ts';
import { locator, Lines } from './places.ts';
import { Problems, type Locate } from './problems.ts';
import { checkForms } from './rules/checks.ts';
import { checkSchema, prune, remove } from './schema.ts';
import { readSource } from './source.ts';
import { shown } from './words.ts';
import { parseYaml } from './yaml.ts';

/**
 * Reads the checks of a file. What else stands in it (it may be a whole topology) is passed over; that the nodes which they name are there
 * is found out with each lab.
 * @throws TopologyError with every problem, by line.
 */
export async function readChecks(file: string): Promise<OtherChecks> {
  const problems = new Problems();
  const { value, locate } = isProgram(file) ? await fromProgram(file, problems) : fromText(file, problems);
  problems.throwIfFailed(locate);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.error([], `found ${shown(value)}, expected a mapping with "checks"`);
    problems.throwIfFailed(locate);
  }
  const document = value as Record<string, unknown> & TopologyDocument;
  checkSchema(document, [], problems);
  if (problems.failed && !prune(document, problems)) problems.throwIfFailed(locate);
  if ((document.checks ?? []).length === 0) problems.error([], 'found no checks');
  checkForms(document.checks, problems);
  problems.throwIfFailed(locate);
  return { checks: document.checks ?? [], locate };
}

interface Source {
  readonly value: unknown;
  readonly locate: Locate;
}

function fromText(file: string, problems: Problems): Source {
  const text = readSource(file);
  const { value, events, problems: found } = parseYaml(text, process.env);
  const lines = new Lines(text);
  for (const { offset, path, message, spoils } of found) {
    problems.errorAt({ file, ...lines.at(offset), path: formatPath(path) }, message);
    if (spoils) remove(value, path, problems);
  }
  return { value, locate: locator(file, text, events, process.env) };
}

async function fromProgram(file: string, problems: Problems): Promise<Source> {
  const value = readObject(await readModule(file), problems);
  return { value, locate: (path) => ({ file, line: 0, column: 0, path: formatPath(path) }) };
}
