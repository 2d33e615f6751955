/** Each bound as the file of a control group that keeps it, in both versions: how it is written there, and read back. Those on devices are in io.ts. */
import { LIMIT_KEYS, type LimitKey, type Limits } from '../../model/limits.ts';
import { CONTROLLER_OF, type Hierarchy } from './hierarchies.ts';

/** One bound in one version. */
export interface LimitFile {
  readonly file: string;
  /** What to write there; without the bound, what takes it away. */
  write(limits: Limits): string;
  /** What the text of the file says; undefined: no bound. `memory`: what the file of the memory says. */
  read(text: string, memory: number | undefined): Limits[LimitKey];
  /** What a group has there of which nothing was said; where there is none, it is no bound. */
  readonly usual?: Limits[LimitKey];
}

const PERIOD_US = 100_000;
/** Version 1 calls a number of pages near the largest there is none. */
const ENDLESS = 2 ** 60;

const bytes2 = (file: string, key: 'memory' | 'memoryHigh' | 'swap'): LimitFile => ({
  file,
  write: (limits) => String(limits[key] ?? 'max'),
  read: (text) => amount(text),
});

const pids: LimitFile = { file: 'pids.max', write: ({ pids }) => String(pids ?? 'max'), read: (text) => amount(text) };

/** Version 1 has no word for "all": there it is what the group above has, which whoever writes it puts in. */
const numbers = (key: 'cpus' | 'mems'): LimitFile => ({
  file: `cpuset.${key}`,
  write: (limits) => limits[key] ?? '\n',
  read: (text) => (text === '' ? undefined : text),
});

const SECOND: Readonly<Partial<Record<LimitKey, LimitFile>>> = {
  memory: bytes2('memory.max', 'memory'),
  memoryHigh: bytes2('memory.high', 'memoryHigh'),
  swap: bytes2('memory.swap.max', 'swap'),
  pids,
  cpu: {
    file: 'cpu.max',
    write: ({ cpu }) => `${cpu === undefined ? 'max' : quota(cpu)} ${PERIOD_US}`,
    read(text) {
      const [most, period] = text.split(' ');
      return most === 'max' ? undefined : Number(most) / Number(period);
    },
  },
  cpuWeight: {
    file: 'cpu.weight',
    write: ({ cpuWeight }) => String(cpuWeight ?? 100),
    read: (text) => Number(text),
    usual: 100,
  },
  cpus: numbers('cpus'),
  mems: numbers('mems'),
};

const FIRST: Readonly<Partial<Record<LimitKey, LimitFile>>> = {
  memory: {
    file: 'memory.limit_in_bytes',
    write: ({ memory }) => String(memory ?? -1),
    read: (text) => amount(text),
  },
  swap: {
    // Of both together.
    file: 'memory.memsw.limit_in_bytes',
    write: ({ memory, swap }) => String(memory === undefined || swap === undefined ? -1 : memory + swap),
    read(text, memory) {
      const both = amount(text);
      return both === undefined || memory === undefined ? undefined : both - memory;
    },
  },
  pids,
  cpu: {
    file: 'cpu.cfs_quota_us',
    write: ({ cpu }) => String(cpu === undefined ? -1 : quota(cpu)),
    read: (text) => (text.startsWith('-') ? undefined : Number(text) / PERIOD_US),
  },
  cpuWeight: {
    file: 'cpu.shares',
    write: ({ cpuWeight = 100 }) => String(Math.round((cpuWeight * 1024) / 100)),
    read: (text) => Math.round((Number(text) * 100) / 1024),
    usual: 100,
  },
  cpus: numbers('cpus'),
  mems: numbers('mems'),
};

/** The file of a bound; undefined where a version has none. */
export function limitFile(key: LimitKey, version: Hierarchy['version']): LimitFile | undefined {
  return version === 2 ? SECOND[key] : FIRST[key];
}

/** The bounds that a hierarchy keeps. */
export function keysOf({ version, controllers }: Hierarchy): LimitKey[] {
  return LIMIT_KEYS.filter((key) => controllers.has(CONTROLLER_OF[key]) && (version === 2 || key !== 'memoryHigh'));
}

/** The CPU time of a period. */
function quota(cpu: number): number {
  return Math.round(cpu * PERIOD_US);
}

/** A number of bytes or of processes. */
function amount(text: string): number | undefined {
  const number = Number(text);
  return text === 'max' || number > ENDLESS || number < 0 ? undefined : number;
}
