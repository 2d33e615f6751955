/** Good topologies with one key changed: taken away, misspelt, given another value, or a value of another kind. */

import type { Dice } from './random.ts';

type Path = readonly (string | number)[];
type Tree = Record<string | number, unknown>;

/** Values of every kind that the language has, right in one place and wrong in most others. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  68,
  1280,
  1400,
  9000,
  65536,
  4294967296,
  1.5,
  '',
  'x',
  'eth0',
  'eth9',
  'lo',
  'default',
  'default6',
  '10.0.0.1',
  '10.0.0.1/24',
  '10.0.0.0/24',
  '10.255.255.255/8',
  '0.0.0.0/0',
  '127.0.0.1/8',
  '192.168.77.1/30',
  '224.0.0.1/24',
  'fd00::1',
  'fd00::1/64',
  'fd00:77::/64',
  'fe80::1/64',
  '::1/128',
  '02:00:00:00:00:77',
  '00:00:00:00:00:00',
  'ff:ff:ff:ff:ff:ff',
  [],
  {},
  ['net'],
  ['10.0.0.1/24'],
  { via: '10.0.0.1' },
  'blackhole',
  'bridge',
  'vxlan',
  'main',
  'drop',
  'accept',
  'tcp',
  'udp',
];

/** One change, in words. */
export interface Mutation {
  readonly what: string;
  readonly document: unknown;
}

/** Changes one key of a document. What stands below `apart` stays as it is. */
export function mutate(original: unknown, dice: Dice, apart: readonly string[]): Mutation {
  const document = structuredClone(original);
  const paths = pathsOf(document, apart);
  const path = paths[dice(paths.length)]!;
  const parent = path.slice(0, -1).reduce<unknown>((at, step) => (at as Tree)[step], document) as Tree;
  const last = path.at(-1)!;
  const where = path.join('.');
  switch (dice(6)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else delete parent[last];
      return { what: `without ${where}`, document };
    case 1: {
      if (Array.isArray(parent)) {
        parent.push(structuredClone(parent[Number(last)]));
        return { what: `${where} twice`, document };
      }
      const wrong = misspelt(String(last), dice);
      parent[wrong] = parent[last];
      delete parent[last];
      return { what: `${where} as ${JSON.stringify(wrong)}`, document };
    }
    case 2: {
      // A value that stands somewhere else in the same file, of the same type: the mistakes of copying.
      const type = typeof parent[last];
      const others = paths.map((other) => valueAt(document, other)).filter((value) => typeof value === type);
      parent[last] = structuredClone(others[dice(others.length)]);
      break;
    }
    case 3:
      if (typeof parent[last] === 'number') parent[last] += dice(3) - 1;
      else if (typeof parent[last] === 'string') parent[last] = misspelt(parent[last], dice);
      else parent[last] = VALUES[dice(VALUES.length)];
      break;
    default:
      parent[last] = structuredClone(VALUES[dice(VALUES.length)]);
  }
  return { what: `${where}: ${JSON.stringify(parent[last])}`, document };
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce((at, step) => (at as Tree)[step], document);
}

function pathsOf(value: unknown, apart: readonly string[], path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, item]) => {
    const step = Array.isArray(value) ? Number(key) : key;
    return apart.includes(key) ? [] : pathsOf(item, apart, [...path, step]);
  });
  return path.length === 0 ? below : [path, ...below];
}

/** One letter less, more, or another one. */
function misspelt(word: string, dice: Dice): string {
  const at = dice(word.length + 1);
  const letter = 'abcdefghijklmnopqrstuvwxyz0123456789./:-'[dice(40)]!;
  return [
    word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + letter + word.slice(at),
    word.slice(0, at) + letter + word.slice(at + 1),
  ][dice(3)]!;
}
