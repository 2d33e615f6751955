/** Topologies that nobody writes by accident, each as large or as deep as the dice say. */
import { type Dice, pick } from '../../support/random.ts';

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  '<<',
  '',
];
const TAGS = [
  '!!js/function',
  '!!js/undefined',
  '!!js/regexp',
  '!!python/object/apply:os.system',
  '!!binary',
  '!!set',
  '!!omap',
  '!!timestamp',
  '!!merge',
  '!<tag:yaml.org,2002:str>',
  '!!int',
  '!!float',
  '!!null',
  '!e!x',
  '!',
  '!!',
  '!!map',
  '!!seq',
];
const NUMBERS = [
  '9'.repeat(400),
  '-' + '9'.repeat(40),
  '1e999',
  '-0',
  '0x' + 'f'.repeat(300),
  '0o' + '7'.repeat(100),
  '.inf',
  '-.inf',
  '.nan',
  '1_000',
  '0b11',
  '4294967296',
  '18446744073709551616',
  '1.7976931348623159e308',
  '5e-324',
  '0'.repeat(5000),
];
const VARIABLES = [
  '${A}',
  '${NESTED}',
  '${LONG}',
  '${NL}',
  '${NUL}',
  '${EMPTY:-x}',
  '${EMPTY}',
  '${NOT_SET}',
  '${NOT_SET:-${A}}',
  '${',
  '${}',
  '${A:-',
  '$$',
  '$${A}',
  '${__proto__}',
  '${constructor}',
  '${A' + ':-x'.repeat(3000) + '}',
  '$'.repeat(3000),
  '${'.repeat(3000),
];
/** What a name may not be and a file may say all the same. */
const WORDS = [
  'a\u0000b',
  '\u001b[2J',
  '\u202eabc',
  '\u2028',
  '\u0085',
  '\ufeff',
  '\ud800',
  '../../etc/passwd',
  '$(touch /tmp/netlab-fuzz-executed)',
  '`touch /tmp/netlab-fuzz-executed`',
  'x; touch /tmp/netlab-fuzz-executed',
  'é'.repeat(300),
  'a'.repeat(100_000),
  'a.'.repeat(20_000),
  '1.'.repeat(20_000),
  ':'.repeat(20_000),
  '/'.repeat(20_000),
  '10.0.0.0/' + '8'.repeat(1000),
  ' '.repeat(20_000) + 'x',
  '-'.repeat(20_000),
];

/** Values that are hostile wherever they stand, as YAML. */
function value(roll: Dice): string {
  switch (roll(7)) {
    case 0:
      return pick(roll, NUMBERS);
    case 1:
      return JSON.stringify(pick(roll, WORDS));
    case 2:
      return pick(roll, VARIABLES);
    case 3:
      return `"${pick(roll, VARIABLES)}"`;
    case 4:
      return `${pick(roll, TAGS)} ${pick(roll, ['x', '1', '{a: 1}', '[]', '"function(){}"', ''])}`;
    case 5: {
      const [open, close] = pick(roll, [
        ['[', ']'],
        ['{a: ', '}'],
        ['{? ', ' : 1}'],
        ['[[', ']]'],
      ] as const);
      const depth = pick(roll, [3, 90, 99, 100, 101, 2000]);
      return open.repeat(depth) + '1' + close.repeat(roll(5) === 0 ? depth - 1 : depth);
    }
    default:
      return `{${pick(roll, KEYS)}: ${pick(roll, ['1', '{polluted: 1}', '[1]', '~'])}, b: 2}`;
  }
}

/** Anchors that grow by a factor with each line: a billion laughs, and some that laugh less. */
function bomb(roll: Dice): string {
  const levels = 2 + roll(30);
  const width = 1 + roll(10);
  const list = roll(2) === 0;
  const lines = [`a0: &a0 ${list ? '[x, x]' : '{x: 1, y: 2}'}`];
  for (let level = 1; level < levels; level++) {
    const before = Array.from({ length: width }, (_, i) => (list ? `*a${level - 1}` : `k${i}: *a${level - 1}`)).join(
      ', ',
    );
    lines.push(`a${level}: &a${level} ${list ? `[${before}]` : `{${before}}`}`);
  }
  const last = `*a${levels - 1}`;
  lines.push(
    pick(roll, [`nodes: ${last}`, `nodes: {<<: ${last}}`, `links: ${last}`, `nodes: {r1: ${last}}`, `<<: ${last}`]),
  );
  return lines.join('\n');
}

/** Many of one thing. The limit of a file's size is 4 MiB. */
function many(roll: Dice): string {
  const count = pick(roll, [10, 300, 3000]);
  const times = (line: (i: number) => string): string => Array.from({ length: count }, (_, i) => line(i)).join('\n');
  switch (roll(9)) {
    case 0:
      return `nodes:\n${times((i) => `  n${i}: {}`)}\nlinks:\n${times((i) => `  - [n${i}, n${(i * 7 + 1) % count}]`)}`;
    case 1:
      return `nodes:\n${times((i) => `  n${i}: {wrong${i}: ${value(roll).slice(0, 60)}}`)}`;
    case 2:
      return times((i) => `key${i}: 1`);
    case 3:
      return `x: &x {a: 1}\nnodes:\n${times((i) => `  n${i}: *x`)}`;
    case 4:
      return `x: &x {bogus: 1}\nnodes:\n${times((i) => `  n${i}: {<<: [*x, *x], <<: *x}`)}`;
    case 5:
      return `nodes: {a: {}, a: {}}\nlinks: [${'[a, a],'.repeat(count)}]`;
    case 6:
      return `nodes:\n  r: {routes: [${'{to: 10.0.0.0/8, via: 10.0.0.1},'.repeat(count)}]}`;
    case 7:
      return `nodes:\n  r:\n    interfaces:\n${times((i) => `      eth${i}: {addresses: [10.${i >> 8}.${i & 255}.1/24]}`)}`;
    default:
      return `nodes:\n  r:\n    processes:\n${times((i) => `      p${i}: {command: sleep 1, after: [p${(i + 1) % count}]}`)}`;
  }
}

/** One line, or one scalar, of a size that nothing should be quadratic in. */
function long(roll: Dice): string {
  const size = pick(roll, [1000, 100_000, 1_000_000, 4_300_000, 10_000_000]);
  const filler = pick(roll, [
    'x',
    ' ',
    '\t',
    '[',
    '- ',
    '&a ',
    '*a ',
    '"',
    "'",
    '#',
    '\\x',
    '${A}',
    '!',
    '? ',
    ': ',
    ', ',
    '\r',
    '\r\n',
    '|\n ',
    '>',
    '%',
    '@',
  ]);
  const run = filler.repeat(Math.ceil(size / filler.length)).slice(0, size);
  return pick(roll, [
    `nodes: {a: {hostname: "${run}"}}`,
    run,
    `name: ${run}`,
    `nodes:\n  ${run}: {}`,
    `nodes: {}\n# ${run}`,
    `description: |\n  ${run}`,
  ]);
}

/** A topology that means harm. */
export function hostile(roll: Dice): string {
  switch (roll(10)) {
    case 0:
      return bomb(roll);
    case 1:
      return roll(4) === 0 ? long(roll) : many(roll);
    case 2:
      return `${value(roll)}\n${'---\n'.repeat(roll(3))}${value(roll)}`;
    case 3:
      return `name: ${value(roll)}\nnodes: {r1: {}}`;
    case 4:
      return `nodes: {${pick(roll, KEYS)}: ${value(roll)}, r1: ${value(roll)}}\nlinks: [${value(roll)}]`;
    case 5:
      return `defaults: {node: ${value(roll)}}\nnodes: {r1: {interfaces: {eth0: ${value(roll)}}}}`;
    case 6:
      return `nodes: {r1: {sysctls: ${value(roll)}, files: ${value(roll)}, nftables: ${value(roll)}}}`;
    case 7:
      return `nodes: {r1: {processes: {web: ${value(roll)}, db: {command: ${value(roll)}, env: ${value(roll)}}}}}`;
    case 8:
      return `${pick(roll, ['\ufeff', '%YAML 1.1\n---\n', '%TAG ! tag:x,2000:\n---\n', '\r\n', '...\n', '\ufeff\ufeff'])}nodes:\r  a: ${value(roll)}\r\n`;
    default:
      return `nodes: {r1: &a {routes: [${value(roll)}], <<: ${value(roll)}}, r2: *a, r3: *${pick(roll, ['a', 'b', 'c'])}}`;
  }
}
