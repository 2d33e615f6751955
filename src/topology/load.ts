/**
 * A topology file → the model of a lab. The steps: text (`source`), values with places (`yaml`, `places`), the schema (`schema`,
 * `explain`), words not built yet (`unsupported`), wiring (`wire`), rules (`rules/`), resources (`expand/`).
 */
import { basename } from 'node:path';
import { TopologyError, type Problem } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import { formatPath } from '../model/place.ts';
import type { Check } from '../model/check.ts';
import type { CheckDocument, TopologyDocument } from './document.ts';
import { uplinksOf } from './expand/host.ts';
import { expandChecks } from './expand/checks.ts';
import { expand } from './expand/expand.ts';
import { homeOf } from './home.ts';
import { hostsOf } from './hosts.ts';
import { readObject } from './object.ts';
import { Lines, locator } from './places.ts';
import { Problems, type Locate } from './problems.ts';
import { checkRules } from './rules/index.ts';
import { checkSchema, prune, remove } from './schema.ts';
import { readSource } from './source.ts';
import { refuseUnsupported } from './unsupported.ts';
import type { Environment } from './variables.ts';
import { wire } from './wire.ts';
import { parseYaml } from './yaml.ts';
import { shown } from './words.ts';

/** A topology that is right: its model, and what stands beside it. */
export interface LoadedTopology {
  readonly model: LabModel;
  /** What is suspicious but allowed, by line. */
  readonly warnings: readonly Problem[];
  /** The file's checks, as it has them. */
  readonly checks: readonly CheckDocument[];
  /** The same, ready to be tried; or those of another file, for this lab. */
  readonly expandChecks: (others?: OtherChecks) => readonly Check[];
  /** The file's text; of an object its JSON. */
  readonly text: string;
}

/** Checks that stand in a file of their own. */
export interface OtherChecks {
  readonly checks: readonly CheckDocument[];
  readonly locate: Locate;
}

/** Where a topology's surroundings come from. */
export interface LoadOptions {
  /** What `-` reads, instead of standard input. */
  readonly stdin?: string;
  /** What `${VAR}` is replaced from; `process.env` unless said. */
  readonly env?: Environment;
  /** Take warnings for errors. */
  readonly strict?: boolean;
  /** Another name for the lab than the topology gives. */
  readonly name?: string;
}

/** Whether a topology of this name is a program that makes one. */
export function isProgram(file: string): boolean {
  return /\.[cm]?[jt]s$/.test(file);
}

/**
 * Reads a topology, be it YAML, JSON or a program; `-` is standard input.
 * @throws TopologyError with every problem, by line; those of a program's topology by path.
 */
export async function readTopology(file: string, options: LoadOptions = {}): Promise<LoadedTopology> {
  // Loaded when there is one, for the sake of everybody else's start.
  if (!isProgram(file)) return loadTopology(file, options);
  const { readModule } = await import('./module.ts');
  return expandObject(await readModule(file), file, options);
}

/**
 * Reads a topology file; `-` is standard input. Throws TopologyError with every problem of the file (unreadable files
 * too), by line.
 */
export function loadTopology(file: string, options: LoadOptions = {}): LoadedTopology {
  const text = file === '-' && options.stdin !== undefined ? options.stdin : readSource(file);
  return loadTopologyText(text, file, options);
}

/** Like `loadTopology`, for a text that is in memory. `fileName` is what problems call it, and the lab's name comes from it. */
export function loadTopologyText(text: string, fileName: string, options: LoadOptions = {}): LoadedTopology {
  const env = options.env ?? process.env;
  const { value, replaced, events, problems: found } = parseYaml(text, env);
  const problems = new Problems();
  const lines = new Lines(text);
  for (const { offset, path, message, spoils } of found) {
    problems.errorAt({ file: fileName, ...lines.at(offset), path: formatPath(path) }, message);
    if (spoils) remove(value, path, problems);
  }
  const locate = locator(fileName, text, events, env);
  if (value === undefined) problems.throwIfFailed(locate);
  return load({ ...options, value, file: fileName, text, replaced }, problems, locate);
}

/**
 * Like `loadTopology`, for an object of the same shape. `name` is the lab's name when the object has none, and what problems
 * call the object; their places are paths without lines.
 */
export function expandObject(
  object: object,
  name: string,
  options: Pick<LoadOptions, 'strict' | 'name'> = {},
): LoadedTopology {
  const problems = new Problems();
  const locate: Locate = (path) => ({ file: name, line: 0, column: 0, path: formatPath(path) });
  // What is built step by step gives its object as JSON.stringify asks for it.
  const { toJSON } = (object ?? {}) as { readonly toJSON?: unknown };
  const given: unknown = typeof toJSON === 'function' ? toJSON.call(object) : object;
  const value = readObject(given, problems);
  problems.throwIfFailed(locate);
  return load({ ...options, value, file: name, text: JSON.stringify(value, null, 2), replaced: [] }, problems, locate);
}

/** A document as it was read, whatever it was read from. */
interface Source extends Pick<LoadOptions, 'strict' | 'name'> {
  readonly value: unknown;
  readonly file: string;
  readonly text: string;
  readonly replaced: readonly (readonly (string | number)[])[];
}

function load(
  { value, file, text, replaced, strict, name }: Source,
  problems: Problems,
  locate: Locate,
): LoadedTopology {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.error([], `found ${shown(value)}, expected a mapping with "nodes" and "links"`);
    problems.throwIfFailed(locate);
  }
  if (name !== undefined) Object.assign(value as object, { name });
  checkSchema(value as Record<string, unknown>, replaced, problems);
  refuseUnsupported(value, problems, (path) => remove(value, path, problems));
  if (problems.failed && !prune(value as Record<string, unknown>, problems)) problems.throwIfFailed(locate);
  const document = value as TopologyDocument;
  const draft = wire(document, name ?? document.name ?? nameOf(file), problems);
  checkRules(draft, document, problems);
  problems.throwIfFailed(locate);
  const warnings = problems.list(locate);
  if (strict === true && warnings.length > 0) throw new TopologyError(warnings);
  const { description, checks } = document;
  const model: LabModel = {
    name: draft.name,
    ...(description === undefined ? {} : { description }),
    file,
    resources: expand(draft, homeOf(file)),
    hosts: hostsOf(draft),
    uplinks: uplinksOf(draft),
    locate: (path) => locate(path),
    locateIn: (path, line, column) => locate(path, 'value', { line, column }),
  };
  const own: OtherChecks = { checks: checks ?? [], locate };
  return {
    model,
    warnings,
    checks: own.checks,
    // `up` needs none of them.
    expandChecks: ({ checks, locate } = own) => expandChecks(draft, checks, locate),
    text,
  };
}

/** The lab's name when the file gives none: its base name without the ending, made fit for a name. */
function nameOf(file: string): string {
  const base = file === '-' ? 'lab' : basename(file).replace(/\.[^.]*$/, '');
  const name = base
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'lab' : name;
}
