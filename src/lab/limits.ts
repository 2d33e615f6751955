/** The machine's limits, against what a lab takes: told by `doctor`, and by `up` before it begins. */
import { LimitError } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import type { Finding } from '../model/report.ts';
import { type Demand, demandOf, neighboursOf } from './demand.ts';
import { lacking } from './finding.ts';
import { filesOfMachine, hardLimit, memoryLeft, type Room, sysctlNumber, tasksLeft } from './room.ts';

interface Limit {
  readonly check: string;
  readonly value: number | undefined;
  /** What the lab takes; 0 without one. */
  readonly needs: number;
  /** Below this a lab of any size soon meets it. */
  readonly modest: number;
  /** Without enough of it `up` fails; else the lab merely suffers. */
  readonly hard: boolean;
  readonly unit?: string;
  readonly advice: (needs: number) => string;
}

const NOTHING: Demand = { namespaces: 0, inits: 0, descriptors: 0, tasks: 0, kilobytes: 0 };

/** Each limit of the machine, for the lab of `model` if one is given. */
export function limits(model: LabModel | undefined): Finding[] {
  const demand = model === undefined ? NOTHING : demandOf(model);
  return [...hardLimits(demand), ...softLimits(demand, model)].flatMap(judge);
}

/**
 * Refuses a lab for which this machine's limits are too low, before anything is made.
 * @throws LimitError that says the same as `doctor`
 */
export function requireLimits(model: LabModel): void {
  const findings = hardLimits(demandOf(model)).flatMap(judge);
  const short = findings.filter(({ state }) => state === 'missing');
  if (short.length > 0) throw new LimitError(`the limits of this machine are too low for the lab ${model.name}`, short);
}

/** Those without which there is no lab. */
function hardLimits({ namespaces, inits, descriptors, tasks }: Demand): Limit[] {
  const left = tasksLeft();
  return [
    {
      check: 'open files',
      value: hardLimit('Max open files'),
      needs: descriptors,
      modest: 1024,
      hard: true,
      advice: (needs) => `raise it: ulimit -n ${needs} (LimitNOFILE= of a systemd unit)${beyondMost(needs)}`,
    },
    {
      check: 'open files in all',
      value: filesOfMachine(),
      needs: 3 * descriptors,
      modest: 8192,
      hard: true,
      advice: (needs) => `raise it by ${needs}: sysctl -w fs.file-max=…`,
    },
    // One more than the lab's: what the kernel lacks is found out in one that vanishes.
    namespaceLimit('network namespaces', 'user.max_net_namespaces', namespaces === 0 ? 0 : namespaces + 1, 128),
    namespaceLimit('pid namespaces', 'user.max_pid_namespaces', inits, 128),
    // A file system that is mounted nowhere counts as one: the keeper's private folder, and /proc for settings.
    namespaceLimit('mount namespaces', 'user.max_mnt_namespaces', inits === 0 ? 0 : inits + 4, 128),
    namespaceLimit('uts namespaces', 'user.max_uts_namespaces', inits, 128),
    namespaceLimit('ipc namespaces', 'user.max_ipc_namespaces', inits, 128),
    {
      check: 'processes',
      value: left?.amount,
      needs: tasks,
      modest: 256,
      hard: true,
      advice: (needs) => (left === undefined ? '' : moreTasks(left, needs)),
    },
  ];
}

function softLimits({ kilobytes }: Demand, model: LabModel | undefined): Limit[] {
  const neighbours = model === undefined ? { ipv4: 0, ipv6: 0 } : neighboursOf(model);
  return [
    {
      check: 'memory',
      value: memoryLeft(),
      needs: kilobytes,
      modest: 100_000,
      hard: false,
      unit: 'kB',
      advice: () => 'end other programs, or add memory or swap: the kernel may kill processes of the lab',
    },
    neighbourLimit('neighbours (IPv4)', 'net.ipv4.neigh.default.gc_thresh3', neighbours.ipv4, 'ARP'),
    neighbourLimit('neighbours (IPv6)', 'net.ipv6.neigh.default.gc_thresh3', neighbours.ipv6, 'neighbour discovery'),
    {
      check: 'inotify instances',
      value: sysctlNumber('fs.inotify.max_user_instances'),
      needs: 0,
      modest: 16,
      hard: false,
      advice: () => 'sysctl -w fs.inotify.max_user_instances=128; else `up --watch` and `logs -f` may fail',
    },
  ];
}

function namespaceLimit(check: string, setting: string, needs: number, modest: number): Limit {
  return {
    check,
    value: sysctlNumber(setting),
    needs,
    modest,
    hard: true,
    advice: (least) => `sysctl -w ${setting}=${least}`,
  };
}

function neighbourLimit(check: string, setting: string, needs: number, what: string): Limit {
  return {
    check,
    value: sysctlNumber(setting),
    needs,
    modest: 1024,
    hard: false,
    advice: (least) =>
      `sysctl -w ${setting}=${2 * least}; else ${what} fails when all hosts of the largest network speak with each other`,
  };
}

/** No process may have more than this, whatever its limit says. */
function beyondMost(needs: number): string {
  const most = sysctlNumber('fs.nr_open');
  return most === undefined || needs <= most ? '' : `, and before that sysctl -w fs.nr_open=${needs}`;
}

function moreTasks({ bound, setting }: Room, needs: number): string {
  switch (bound) {
    case 'ulimit':
      return `raise ${setting} by ${needs} (LimitNPROC= of a systemd unit)`;
    case 'sysctl':
      return `raise ${setting} by ${needs}: sysctl -w ${setting}=…`;
    case 'cgroup':
      return `raise ${setting} by ${needs} (TasksMax= of a systemd unit, --pids-limit of a container)`;
  }
}

function judge({ check, value, needs, modest, hard, unit = '', advice }: Limit): Finding[] {
  if (value === undefined || Number.isNaN(value)) return [];
  const least = needs === 0 ? modest : needs;
  const say = (amount: number): string => (amount === Infinity ? 'unlimited' : `${amount}${unit && ` ${unit}`}`);
  const found = `${say(value)}${needs === 0 ? '' : `, the lab takes ${say(needs)}`}`;
  if (value >= least) return [{ check, state: 'ok', found }];
  return [{ check, state: hard && needs > 0 ? 'missing' : 'absent', found, advice: advice(least) }];
}

const OTHERS = ['pid namespaces', 'mount namespaces', 'uts namespaces', 'ipc namespaces'];

/** Which limits a call may have met, by what it said: others take of them too, so that there was enough when `up` began means little. */
const MET: readonly (readonly [errno: string, operation: RegExp, checks: readonly string[]])[] = [
  ['EMFILE', /./, ['open files']],
  ['ENFILE', /./, ['open files in all']],
  ['ENOSPC', /^unshare/, ['network namespaces']],
  ['ENOSPC', /^clone3/, OTHERS],
  ['EAGAIN', /^(?:clone3|fork|spawn)/, ['processes']],
];

function operationOf(...names: readonly unknown[]): string {
  return names.find((name): name is string => typeof name === 'string') ?? 'open';
}

/** A failure in words, where a limit was met; else as it is. */
export function explainLimit(error: unknown, model: LabModel): unknown {
  if (!(error instanceof Error)) return error;
  const { code, errno, operation, call } = error as Partial<Record<'code' | 'errno' | 'operation' | 'call', unknown>>;
  // Node's own errors have the name as their code, ours as errno.
  const name = [code, errno].find((each) => typeof each === 'string' && /^E[A-Z]+$/.test(each));
  const [, , checks] = MET.find(([met, at]) => met === name && at.test(operationOf(operation, call))) ?? [];
  if (checks === undefined) return error;
  const possible = hardLimits(demandOf(model)).filter(
    ({ check, value }) => checks.includes(check) && value !== undefined,
  );
  // The call does not say which it was: the lowest is met first.
  const lowest = Math.min(...possible.map(({ value = 0 }) => value));
  const met = possible.filter(({ value }) => value === lowest);
  const told = met.map(({ check, value = 0, needs, advice }): Finding => {
    return lacking('missing', check, `all ${value} are in use, the lab takes ${needs}`, advice(value + needs));
  });
  return new LimitError(`a limit of this machine was met (${error.message})`, told, { cause: error });
}
