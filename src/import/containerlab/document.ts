/** A containerlab file as it was read: plain values, and the line of each. */
import { TopologyError } from '../../errors.ts';
import { formatPath, type Path } from '../../model/place.ts';
import { Lines, locator } from '../../topology/places.ts';
import type { Environment } from '../../topology/variables.ts';
import { quoted, shown } from '../../topology/words.ts';
import { parseYaml } from '../../topology/yaml.ts';
import type { Origin } from '../draft.ts';
import { replaceVariables } from './variables.ts';

/** A mapping of the file. */
export type Mapping = Readonly<Record<string, unknown>>;

/** The file, and what its lines are asked by. */
export interface ClabDocument {
  readonly file: string;
  readonly top: Mapping;
  /** The mapping `topology`. */
  readonly topology: Mapping;
  /** Where a value stands; `subject` is what a report calls it, the path itself unless said. */
  origin(path: Path, subject?: string): Origin;
}

/**
 * Reads the text of a containerlab file.
 * @throws TopologyError with every mistake that makes it no YAML, and where it has no nodes.
 */
export function readDocument(written: string, file: string, env: Environment): ClabDocument {
  // Our own reader replaces variables as well: what looks like one now is none.
  const text = replaceVariables(written, env).replaceAll('$', '$$$$');
  const { value, events, problems } = parseYaml(text, {});
  const lines = new Lines(text);
  const template = /\{\{.*\}\}/.exec(written);
  if (problems.length > 0 && template !== null)
    throw new TopologyError([
      {
        file,
        ...lines.at(template.index),
        path: '',
        message: `found a template, ${quoted(template[0])}: let containerlab make a file of it first`,
        severity: 'error',
      },
    ]);
  if (problems.length > 0)
    throw TopologyError.of(
      problems.map(({ offset, path, message }) => ({
        file,
        ...lines.at(offset),
        path: formatPath(path),
        message,
        severity: 'error' as const,
      })),
    );
  const locate = locator(file, text, events, {});
  const fail = (path: Path, message: string): never => {
    throw new TopologyError([{ ...locate(path), message, severity: 'error' }]);
  };
  if (!isMapping(value)) return fail([], `found ${shown(value)}, expected a mapping with "name" and "topology"`);
  const { topology } = value;
  if (!isMapping(topology))
    return fail(['topology'], `found ${shown(topology)}, expected a mapping with "nodes" and "links"`);
  if (!isMapping(topology['nodes']) || Object.keys(topology['nodes']).length === 0)
    return fail(['topology', 'nodes'], `found ${shown(topology['nodes'])}, expected a mapping of nodes`);
  return {
    file,
    top: value,
    topology,
    origin: (path, subject) => {
      const place = locate(path);
      return { file, line: place.line, column: place.column, subject: subject ?? formatPath(path) };
    },
  };
}

/** Whether a value is a mapping, and not a list or a word. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The mapping at a key; an empty one where there is none. */
export function mappingAt(value: Mapping, key: string): Mapping {
  const found = value[key];
  return isMapping(found) ? found : {};
}

/** A word of the file as text: numbers and booleans are words too. Undefined for a collection, and for nothing. */
export function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
