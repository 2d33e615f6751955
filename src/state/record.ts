import { NAMESPACE_KINDS, type Surroundings } from '../model/namespace.ts';
import type { Process, Setup } from '../model/resource.ts';
import { readCopies, type StateFile, writeCopies } from './copies.ts';
import { boolean, fields, list, map, number, optional, type Shape, string, word } from './shape.ts';

/** What a lab's state file says: only what neither the kernel nor the keeper can tell. */
export interface LabRecord {
  readonly lab: string;
  /** The topology's file, absolute; `-` when it came from standard input. */
  readonly file: string;
  readonly keeper: number;
  /** ISO 8601. */
  readonly since: string;
  readonly nodes: Readonly<Record<string, NodeRecord>>;
  /** Keys of resources of ours that bear no mark in the kernel: settings and forwarding entries. */
  readonly unmarked: readonly string[];
  /** What the processes were started as, by `node/process`; that they run, and as this, their PID 1 says. */
  readonly processes: Readonly<Record<string, ProcessRecord>>;
  /** By node, the commands of its setup that were run. */
  readonly setups: Readonly<Record<string, Setup['commands']>>;
}

/** All that the file said of a process. */
export type ProcessRecord = Omit<Process, 'kind' | 'node' | 'name' | 'at' | 'state'>;

export interface NodeRecord extends Surroundings {
  readonly role: 'node' | 'bridge';
  /** A run has begun to change it, and has not ended: what runs there may be of before or of after. */
  readonly unsettled?: true;
}

const COMMAND = list(string);

/** What each condition cannot be without. */
const CONDITIONS = {
  tcp: fields({ port: number }),
  http: fields({ url: string, address: string }),
  command: fields({ command: COMMAND }),
  log: fields({ pattern: string }),
  file: fields({ path: string }),
};

const ANY_READY = fields({
  type: word('tcp', 'http', 'command', 'log', 'file'),
  timeoutMs: number,
});

const READY: Shape = (value) =>
  ANY_READY(value) && CONDITIONS[(value as { type: keyof typeof CONDITIONS }).type](value);

/** Exactly one of the two. */
const CAPABILITIES: Shape = (value) => fields({ keep: list(string) })(value) || fields({ drop: list(string) })(value);

const BOUND: Shape = (value) => number(value) || value === 'unlimited';

const CONFINEMENT = fields({
  capabilities: optional(CAPABILITIES),
  noNewPrivileges: optional(boolean),
  seccomp: optional(word('default')),
  ulimits: optional(map(fields({ soft: BOUND, hard: BOUND }))),
  umask: optional(string),
  groups: optional(list(string)),
});

const LIMITS = fields({
  memory: optional(number),
  memoryHigh: optional(number),
  swap: optional(number),
  pids: optional(number),
  cpu: optional(number),
  cpuWeight: optional(number),
  cpus: optional(string),
  mems: optional(string),
  io: optional(list(fields({ device: string }))),
});

const IDS = list(fields({ inside: number, outside: number, count: number }));
const ID_MAPS = fields({ uids: IDS, gids: IDS });
const CLOCKS = fields({ monotonic: number, boottime: number });

const PROCESS = fields({
  command: COMMAND,
  env: map(string),
  cwd: optional(string),
  user: optional(string),
  confinement: optional(CONFINEMENT),
  isolation: optional(list(word(...NAMESPACE_KINDS))),
  share: optional(map(string)),
  ids: optional(ID_MAPS),
  clocks: optional(CLOCKS),
  restart: word('no', 'on-failure', 'always'),
  stop: fields({ signal: string, timeoutMs: number }),
  ready: optional(READY),
  after: list(string),
  limits: optional(LIMITS),
  log: optional(fields({ maxSize: number, files: number })),
});

const ROOTFS = fields({
  source: fields({ type: word('host', 'dir', 'tar', 'oci') }),
  readOnly: optional(boolean),
  lowers: list(string),
  config: optional(fields({ env: map(string), entrypoint: COMMAND, command: COMMAND, workdir: optional(string) })),
});

const MOUNT = fields({
  type: word('bind', 'tmpfs', 'overlay', 'proc', 'sysfs', 'mqueue', 'devpts'),
  target: string,
  source: optional(string),
  lowers: optional(list(string)),
});

const NODE = fields({
  role: word('node', 'bridge'),
  hostname: string,
  isolation: list(word(...NAMESPACE_KINDS)),
  join: optional(fields({ pid: optional(number), path: optional(string), identity: optional(string) })),
  internet: optional(boolean),
  confinement: optional(CONFINEMENT),
  rootfs: optional(ROOTFS),
  mounts: optional(list(MOUNT)),
  propagation: optional(word('private', 'shared', 'unbindable')),
  masked: optional(boolean),
  ids: optional(ID_MAPS),
  clocks: optional(CLOCKS),
  limits: optional(LIMITS),
  unsettled: optional(boolean),
});

const RECORD = fields({
  lab: string,
  file: string,
  keeper: number,
  since: string,
  nodes: map(NODE),
  unmarked: list(string),
  processes: map(PROCESS),
  setups: map(list(COMMAND)),
});

/** Nothing is said of a node that is not told of. */
function isWhole({ nodes, processes, setups }: LabRecord): boolean {
  const named = [
    ...Object.keys(processes).map((key) => key.slice(0, Math.max(key.indexOf('/'), 0))),
    ...Object.keys(setups),
  ];
  return named.every((node) => Object.hasOwn(nodes, node));
}

/** A file of another number is refused with a way out. */
const FILE: StateFile = {
  name: 'lab.json',
  version: 3,
  shape: (value) => RECORD(value) && isWhole(value as LabRecord),
};

/**
 * Reads what is written down of a lab; `keeper`: the pid of its keeper, which has a copy. Undefined when there is nothing, or nothing
 * that can be read: the lab is then known by its keeper alone.
 * @throws LabError when another version of netlab wrote it.
 */
export function readRecord(lab: string, keeper: number | undefined): LabRecord | undefined {
  return readCopies(lab, keeper, FILE) as LabRecord | undefined;
}

/** Writes it: each file holds all of the new text or all of the old, whatever happens. */
export function writeRecord(record: LabRecord): void {
  writeCopies(record.lab, record.keeper, FILE, record);
}
