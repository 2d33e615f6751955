/** What the processes of a node, or one of them with all that it starts, may use together. */

/** Bounds that the kernel keeps by control groups, as cgroups(7) has them. What is not said is not bounded. */
export interface Limits {
  /** Bytes of memory. Who needs more than that is killed. */
  readonly memory?: number;
  /** Bytes of memory beyond which everybody is slowed down and memory taken back. */
  readonly memoryHigh?: number;
  /** Bytes of swap besides the memory. */
  readonly swap?: number;
  /** Processes and threads. */
  readonly pids?: number;
  /** CPU time, in cores. */
  readonly cpu?: number;
  /** The share of the CPU when others want it too: 1 to 10000, 100 is everybody's. */
  readonly cpuWeight?: number;
  /** The CPUs to run on, and the memory nodes to take memory from, as the kernel lists them: `0-2,4`. */
  readonly cpus?: string;
  readonly mems?: string;
  /** Bounds on reading from and writing to devices, in the order of their names. */
  readonly io?: readonly IoLimit[];
}

/** What may be read from and written to one block device in a second. */
export interface IoLimit {
  /** `/dev/vda` */
  readonly device: string;
  readonly readBps?: number;
  readonly writeBps?: number;
  readonly readIops?: number;
  readonly writeIops?: number;
}

/** A kind of bound. */
export type LimitKey = keyof Limits;

/** Every kind, as the file calls it. */
export const LIMIT_WORDS: Readonly<Record<LimitKey, string>> = {
  memory: 'memory',
  memoryHigh: 'memory_high',
  swap: 'swap',
  pids: 'pids',
  cpu: 'cpu',
  cpuWeight: 'cpu_weight',
  cpus: 'cpuset.cpus',
  mems: 'cpuset.mems',
  io: 'io',
};

/** Every kind, in the order of the reference. */
export const LIMIT_KEYS = Object.keys(LIMIT_WORDS) as LimitKey[];

/** A list of numbers as the kernel prints it: `0,1,2` is `0-2`. Undefined when it is none. */
export function numberList(text: string): string | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? [];
    if (first === undefined || Number(first) > Number(last)) return undefined;
    for (let each = Number(first); each <= Number(last); each++) numbers.add(each);
  }
  return listText(numbers);
}

/** The numbers of such a list. An empty text has none. */
export function numbersOf(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = NaN, last = first] = part.split('-').map(Number);
    if (part.trim() === '' || Number.isNaN(first)) return [];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The kernel's notation of some numbers. */
export function listText(numbers: Iterable<number>): string {
  const ranges: [first: number, last: number][] = [];
  for (const each of [...numbers].toSorted((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range?.[1] === each - 1) range[1] = each;
    else ranges.push([each, each]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
