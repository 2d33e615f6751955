/**
 * Says in a person's words why a document does not fit the schema. ajv's own errors name every branch of an `anyOf` that did not
 * fit; this walks schema and document together and finds one sentence for each mistake. It knows the part of JSON Schema that
 * schemas/topology.schema.json uses. `errorMessage` in the schema (which editors show too) gives the words for what was expected.
 */
import type { Path } from '../model/place.ts';
import type { Side } from './problems.ts';
import { didYouMean, oneOf, quoted, shown } from './words.ts';

/** The part of JSON Schema (draft-07) that the topology schema uses. */
export interface Schema {
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly errorMessage?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly anyOf?: readonly Schema[];
}

/** Up to so many valid words are listed even when the one that was meant is clear. */
const FEW = 7;

/** One mistake: where, and in which words. */
export interface Mistake {
  readonly path: Path;
  readonly side: Side;
  readonly message: string;
  /** What was found, and which types would do, when the type is the mistake. */
  readonly found?: unknown;
  readonly types?: readonly string[];
  /** What has to be left out because of it, when that is more than what stands at the path. */
  readonly spoils?: Path;
}

/** All mistakes of a document, in the order of the document. Empty when it fits. */
export function explain(root: Schema, document: unknown): Mistake[] {
  const mistakes: Mistake[] = [];
  new Walk(root, mistakes).value(root, document, []);
  return mistakes;
}

/** The schema's patterns, compiled once. */
const PATTERNS = new Map<string, RegExp>();

class Walk {
  readonly #root: Schema;
  readonly #mistakes: Mistake[];

  constructor(root: Schema, mistakes: Mistake[]) {
    this.#root = root;
    this.#mistakes = mistakes;
  }

  value(asked: Schema, value: unknown, path: Path): void {
    const schema = this.#resolve(asked);
    const types = typesOf(schema);
    if (types !== undefined && !types.some((type) => isType(value, type))) {
      const examples = asked.examples ?? schema.examples;
      this.#expected({ ...schema, ...(examples === undefined ? {} : { examples }) }, value, path, types);
    } else if (schema.anyOf !== undefined) this.#any(schema, schema.anyOf, value, path);
    else if (schema.enum !== undefined && !schema.enum.includes(value)) {
      const near =
        typeof value === 'string'
          ? didYouMean(
              value,
              schema.enum.filter((word) => typeof word === 'string'),
            )
          : '';
      const expected = near !== '' && schema.enum.length > FEW ? '' : `, ${this.#words(schema)}`;
      this.#add(path, `found ${shown(value)}${expected}${near}`, value);
    } else if (typeof value === 'string') this.#string(schema, value, path);
    else if (typeof value === 'number') this.#number(schema, value, path);
    else if (Array.isArray(value)) this.#list(schema, value, path);
    else if (typeof value === 'object' && value !== null) this.#mapping(schema, value as Record<string, unknown>, path);
  }

  #string(schema: Schema, value: string, path: Path): void {
    const short = schema.minLength !== undefined && value.length < schema.minLength;
    if (short || (schema.pattern !== undefined && !this.#pattern(schema.pattern).test(value))) {
      this.#expected(schema, value, path);
    }
  }

  #number(schema: Schema, value: number, path: Path): void {
    const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity } = schema;
    if (value < minimum || value > maximum || value <= exclusiveMinimum) this.#expected(schema, value, path);
  }

  #list(schema: Schema, list: readonly unknown[], path: Path): void {
    const { minItems = 0, maxItems = Infinity, items } = schema;
    const present = list.filter((item) => item !== undefined).length;
    if (present < minItems || present > maxItems) {
      const found = list.length === 0 ? 'an empty list' : `a list of ${list.length}`;
      this.#add(path, `found ${found}, ${this.#words(schema)}`);
    } else if (items !== undefined)
      list.forEach((item, i) => item !== undefined && this.value(items, item, [...path, i]));
  }

  #mapping(schema: Schema, map: Readonly<Record<string, unknown>>, path: Path): void {
    const { properties = {}, additionalProperties = true, required = [] } = schema;
    const names = Object.keys(map);
    const lacking = required.filter((name) => !Object.hasOwn(map, name));
    // A misspelt required key is told once, where it stands.
    const meant = (word: string): boolean => lacking.some((name) => didYouMean(word, [name]) !== '');
    const misspelt = names.some((word) => !Object.hasOwn(properties, word) && meant(word));
    for (const name of misspelt ? [] : lacking) this.#key(path, missing(name, properties[name]));
    const { minProperties = 0, maxProperties = Infinity } = schema;
    if (names.length < minProperties || names.length > maxProperties) {
      const found = names.length === 0 ? 'an empty mapping' : oneOf(names.map(quoted), 'and');
      this.#add(path, `found ${found}, ${this.#words(schema)}`);
    }
    for (const [name, value] of Object.entries(map)) {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (property !== undefined) this.value(property, value, [...path, name]);
      else if (typeof additionalProperties === 'object') this.value(additionalProperties, value, [...path, name]);
      else if (!additionalProperties)
        this.#key([...path, name], unknown(name, properties), meant(name) ? path : undefined);
    }
  }

  /** Of several forms the one is meant that the value looks like: its mistakes are told, not those of the others. */
  #any(schema: Schema, branches: readonly Schema[], value: unknown, path: Path): void {
    const tried = branches.map((branch) => {
      const mistakes: Mistake[] = [];
      new Walk(this.#root, mistakes).value(branch, value, path);
      return { branch: this.#resolve(branch), mistakes };
    });
    if (tried.some(({ mistakes }) => mistakes.length === 0)) return;
    const alike = tried.find(
      ({ branch }) => typeof value === 'object' && typesOf(branch)?.some((type) => isType(value, type)) === true,
    );
    const inside =
      alike?.mistakes.some((mistake) => mistake.path.length > path.length || mistake.side === 'key') === true;
    const apt = inside || schema.errorMessage === undefined || alike?.branch.errorMessage !== undefined;
    if (alike !== undefined && apt) this.#mistakes.push(...alike.mistakes);
    else
      this.#expected(
        schema,
        value,
        path,
        tried.flatMap(({ branch }) => typesOf(branch) ?? []),
      );
  }

  #expected(schema: Schema, value: unknown, path: Path, types?: readonly string[]): void {
    this.#add(path, `found ${shown(value)}, ${this.#words(schema)}${instead(schema, value)}`, value, types);
  }

  /** What the schema expected, in its own words or made from its type. */
  #words(schema: Schema): string {
    if (schema.errorMessage !== undefined) return schema.errorMessage;
    if (schema.enum !== undefined) return `expected ${oneOf(schema.enum.map(String))}`;
    const words: string[] = [];
    for (const type of typesOf(schema) ?? (schema.anyOf ?? []).flatMap((one) => typesOf(this.#resolve(one)) ?? [])) {
      if (type !== 'null') words.push(typeWords(type, schema));
    }
    return words.length === 0 ? 'expected something else' : `expected ${oneOf([...new Set(words)])}`;
  }

  #pattern(text: string): RegExp {
    let pattern = PATTERNS.get(text);
    if (pattern === undefined) PATTERNS.set(text, (pattern = new RegExp(text, 'u')));
    return pattern;
  }

  #resolve(schema: Schema): Schema {
    const name = schema.$ref?.replace('#/definitions/', '');
    return name === undefined ? schema : this.#resolve(this.#root.definitions?.[name] ?? {});
  }

  #add(path: Path, message: string, found?: unknown, types?: readonly string[]): void {
    this.#mistakes.push({ path, side: 'value', message, found, ...(types === undefined ? {} : { types }) });
  }

  #key(path: Path, message: string, spoils: Path = path): void {
    this.#mistakes.push({ path, side: 'key', message, spoils });
  }
}

function typesOf(schema: Schema): readonly string[] | undefined {
  return typeof schema.type === 'string' ? [schema.type] : schema.type;
}

function isType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

function typeWords(type: string, schema: Schema): string {
  switch (type) {
    case 'array':
      return 'a list';
    case 'object':
      return 'a mapping';
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number': {
      const kind = type === 'integer' ? 'a whole number' : 'a number';
      if (schema.minimum === undefined)
        return schema.exclusiveMinimum === undefined ? kind : `${kind} above ${schema.exclusiveMinimum}`;
      return schema.maximum === undefined
        ? `${kind} from ${schema.minimum} on`
        : `${kind} from ${schema.minimum} to ${schema.maximum}`;
    }
    default:
      return schema.minLength === undefined ? `a ${type}` : `a ${type} that is not empty`;
  }
}

function unknown(name: string, properties: Readonly<Record<string, Schema>>): string {
  const valid = Object.keys(properties);
  const near = didYouMean(name, valid);
  return `unknown key ${quoted(name)}${near === '' ? `, expected ${oneOf(valid)}` : near}`;
}

function missing(name: string, schema: Schema | undefined): string {
  const example = schema?.examples?.[0];
  const such =
    example === undefined ? '' : ` (${name}: ${typeof example === 'string' ? example : JSON.stringify(example)})`;
  return `the key ${quoted(name)} is missing${such}`;
}

/** More than a line of its own. */
const LONGEST_EXAMPLE = 70;

/** What could stand there instead: of one value where a list of such is expected just the brackets are missing. */
function instead({ items, errorMessage, type, examples = [] }: Schema, value: unknown): string {
  if (errorMessage !== undefined) return '';
  const mapping = [type].flat().includes('object') ? JSON.stringify(examples[0]) : undefined;
  if (mapping !== undefined && mapping.length <= LONGEST_EXAMPLE && mapping !== '{}') return `, such as ${mapping}`;
  if (items === undefined) return '';
  if (typeof value === 'string') return `, such as [${/^[\w./-]+$/.test(value) ? value : quoted(value)}]`;
  return typeof value === 'number' || typeof value === 'boolean' ? `, such as [${String(value)}]` : '';
}
