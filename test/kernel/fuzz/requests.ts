/** Requests to the keeper and to a node's PID 1: right ones, odd ones, and bytes that were one once. */
import { encodeRecords, type ProtocolRecord } from '../../../src/process/records.ts';
import { CLONE } from '../../../src/sys/netns.ts';
import { mutateBytes } from '../../support/fuzz.ts';
import { type Dice, pick } from '../../support/random.ts';

const NAMES = [
  'a',
  'b',
  'c',

  '',
  '.',
  '..',
  'x/y',
  'a\tb',
  'a\nb\\',
  'é',
  '%s%n',
  'x'.repeat(63),
  'x'.repeat(64),
  'y'.repeat(70_000),
];
const NUMBERS = [
  '0',
  '1',
  '9',
  '15',
  '64',
  '65',
  '-1',
  '4294967297',
  '2147483647',
  '-9223372036854775808',
  '9'.repeat(30),
  'x',
  '',
];
const FLAGS = [
  0,
  CLONE.NEWUTS,
  CLONE.NEWNS | CLONE.NEWUTS,
  CLONE.NEWNS | CLONE.NEWPID | CLONE.NEWUTS | CLONE.NEWIPC,
  0x100,
  0x4f00,
  0x7fffffff,
  -1,
  '0x80000000',
  'x',
];
/** Nothing that is run does anything. */
const COMMANDS = [
  ['/bin/true'],
  ['/bin/false'],
  ['/bin/sleep', '1000'],
  ['/no/such/program'],
  [''],
  ['/'],
  [],
  ['/bin/true', 'x'.repeat(100_000)],
  Array.from({ length: 65_530 }, () => '/bin/true'),
] as const;

function processName(roll: Dice): string {
  return pick(roll, ['p', 'q', 'a/p', 'b/q', 'c/p', ...NAMES, 'n'.repeat(159), 'n'.repeat(160)]);
}

function start(roll: Dice): ProtocolRecord[] {
  const records: ProtocolRecord[] = [
    [
      'start',
      processName(roll),
      pick(roll, ['d', '', 'd'.repeat(79), 'd'.repeat(80)]),
      pick(roll, ['', '/', '/no/such', '/proc/self/fd/0']),
      pick(roll, ['', '', 'root', '0:0', 'nobody', '4294967295', ':', 'x'.repeat(200)]),
    ],
    ['arg', ...pick(roll, COMMANDS)],
    ['env', ...pick(roll, [[], ['A=b'], ['='], ['HOME'], ['X'.repeat(5000)]])],
    ['log', pick(roll, ['', 'p.log', 'a/p.log', '../x', '/x', 'a/b/c', 'y'.repeat(300)])],
    ['net', pick(roll, ['', 'a', 'b', 'none'])],
    ['keep', pick(roll, ['no', 'always', 'on-failure', '', 'x']), pick(roll, NUMBERS), pick(roll, NUMBERS)],
  ];
  const [first, ...rest] = records;
  return [first!, ...rest.filter(() => roll(4) > 0), ...(roll(8) === 0 ? [pick(roll, rest)] : [])];
}

/** One record, with those that belong to it. None of them touches a file outside of the folder of the logs. */
function one(roll: Dice): ProtocolRecord[] {
  const name = pick(roll, NAMES);
  const process = processName(roll);
  switch (roll(14)) {
    case 0:
      return [['netns', name]];
    case 1:
      return [
        [
          'netns',
          name,
          pick(roll, ['net/ipv4/ip_forward', '../x', 'net/none', 'z'.repeat(300), '']),
          pick(roll, NUMBERS),
        ],
      ];
    case 2:
      return [[pick(roll, ['drop', 'join']), name]];
    case 3:
      return [['node', name, pick(roll, FLAGS)], ...(roll(2) === 0 ? [['hostname', pick(roll, NAMES)]] : [])];
    case 4:
    case 5:
      return start(roll);
    case 6:
      return [['stop', process, pick(roll, NUMBERS), pick(roll, NUMBERS)]];
    case 7:
      return [[pick(roll, ['stop', 'finish', 'wait', 'forget']), process]];
    case 8:
      return [['keep', process, pick(roll, ['no', 'always', 'x']), pick(roll, NUMBERS), pick(roll, NUMBERS)]];
    case 9:
      return [[pick(roll, ['list', 'status'])]];
    case 10:
      return [
        [pick(roll, ['unmount', 'mount', 'mount?']), '/no/such', '/no/such/either', 'none', pick(roll, NUMBERS), ''],
      ];
    case 11:
      return [
        [
          'rotate',
          pick(roll, ['65536', '1000000', ...NUMBERS]),
          pick(roll, ['1', '2', '100', ...NUMBERS]),
          ...Array.from({ length: roll(4) }, () =>
            pick(roll, ['a/p.log', 'b/q.log', 'p.log', '../x', 'a/b/c', ...NAMES]),
          ),
        ],
      ];
    case 12:
      return [[pick(roll, ['nothing', 'end', '', 'hostname', 'x'.repeat(500)]), ...NAMES.slice(0, roll(4))]];
    default:
      return Array.from({ length: pick(roll, [2, 10, 3000]) }, () => [
        pick(roll, ['wait', 'stop', 'forget', 'list', 'status', 'finish']),
        process,
      ]);
  }
}

/** The records of a request, and then its `end`. */
export function body(roll: Dice): Buffer {
  return encodeRecords(Array.from({ length: 1 + roll(4) }, () => one(roll)).flat());
}

/** A body behind its length; or behind another one. */
export function framed(bytes: Buffer, length = bytes.length): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(length >>> 0);
  return Buffer.concat([head, bytes]);
}

/** What comes over a connection. */
export function bytesOf(roll: Dice): Buffer {
  switch (roll(7)) {
    case 0:
      return framed(mutateBytes(body(roll), roll));
    case 1:
      return mutateBytes(framed(body(roll)), roll);
    case 2:
      return Buffer.from(Array.from({ length: roll(100) }, () => roll(256)));
    case 3: {
      const whole = framed(body(roll));
      return whole.subarray(0, roll(whole.length + 1));
    }
    case 4:
      return framed(body(roll), pick(roll, [0, 1, 5, 8 << 20, (8 << 20) + 1, 0x7fffffff, 0xffffffff]));
    default:
      return framed(body(roll));
  }
}
