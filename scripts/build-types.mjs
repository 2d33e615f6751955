// Writes src/topology/language.ts, the types of a topology as a program gives it, from schemas/topology.schema.json, before tsc: each key
// with its description, its default and an example, so that an editor shows them. The file is made by each build and is not kept.
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('schemas/topology.schema.json', root), 'utf8'));

/** `routeCheck` → `TopologyRouteCheck`. */
const named = (name) => `Topology${name[0].toUpperCase()}${name.slice(1)}`;
const nameOf = ({ $ref }) => $ref.slice('#/definitions/'.length);
const isRecord = ({ properties, anyOf }) => properties !== undefined && anyOf === undefined;

function comment({ description, default: initial, examples }, indent) {
  const lines = [
    ...(description === undefined ? [] : [description]),
    ...(initial === undefined ? [] : [`@default ${JSON.stringify(initial)}`]),
    ...(examples === undefined ? [] : [`@example ${JSON.stringify(examples[0])}`]),
  ].map((line) => line.replaceAll('*/', '*\\/'));
  return lines.length === 0
    ? ''
    : `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`;
}

function typeOf(one, indent) {
  if (one.$ref !== undefined) {
    const target = schema.definitions[nameOf(one)];
    // Words and numbers say more when an editor shows them as what they are.
    return isRecord(target) || target.anyOf !== undefined ? named(nameOf(one)) : typeOf(target, indent);
  }
  if (one.enum !== undefined) return one.enum.map((each) => JSON.stringify(each)).join(' | ');
  if (one.anyOf !== undefined) return one.anyOf.map((each) => typeOf(each, indent)).join(' | ');
  if (one.type === undefined && one.properties === undefined) return 'unknown';
  return [one.type ?? 'object']
    .flat()
    .map((type) => typed(type, one, indent))
    .join(' | ');
}

function typed(type, one, indent) {
  switch (type) {
    case 'integer':
      return 'number';
    case 'array':
      return `ReadonlyArray<${one.items === undefined ? 'unknown' : typeOf(one.items, indent)}>`;
    case 'object':
      return objectOf(one, indent);
    default:
      return type;
  }
}

function objectOf({ properties, additionalProperties: others, required = [] }, indent) {
  const rest = typeof others === 'object' ? `Readonly<Record<string, ${typeOf(others, indent)}>>` : undefined;
  if (properties === undefined) return rest ?? 'Readonly<Record<string, unknown>>';
  const inner = `${indent}  `;
  const keys = Object.entries(properties).map(([key, one]) => {
    const name = /^[a-z_]\w*$/i.test(key) ? key : JSON.stringify(key);
    const type = typeOf(one, inner);
    return `${comment(one, inner)}${inner}readonly ${name}${required.includes(key) ? '' : '?'}: ${type}${required.includes(key) ? '' : ' | undefined'};\n`;
  });
  return `{\n${keys.join('')}${indent}}`;
}

const kept = Object.entries(schema.definitions).filter(([, one]) => isRecord(one) || one.anyOf !== undefined);
const text = `// Made by scripts/build-types.mjs from schemas/topology.schema.json. Change that, and build.
${comment({ description: 'A whole topology, as a file has it: what \`Lab.up\` takes as an object.' }, '')}export interface TopologyDocument ${objectOf(schema, '')}

${kept.map(([name, one]) => `${comment(one, '')}export type ${named(name)} = ${typeOf(one, '')};\n`).join('\n')}`;
writeFileSync(new URL('src/topology/language.ts', root), text);
