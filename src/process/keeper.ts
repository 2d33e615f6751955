import { spawnSync } from 'node:child_process';

import { KeeperError, SystemError } from '../errors.ts';
import { type IdMaps, mapText } from '../model/user-namespace.ts';
import { Control, failureOf } from './control.ts';
import { otherVersion } from '../state/copies.ts';
import { keeperOf, keeperSocket } from '../state/keepers.ts';
import { helperPath } from './helper.ts';
import { Programs, statusOf, type ProgramStatus, type StartResult } from './program.ts';
import { decodeLine, encodeRecord, encodeRecords, REQUEST_MAX, type ProtocolRecord } from './records.ts';

const START_TIMEOUT_MS = 30_000;

/** What a keeper is started with. All folders exist already. */
export interface KeeperStart {
  readonly lab: string;
  /** Where a link to its control socket is made. */
  readonly ctl: string;
  /** A folder to make for the sockets where the kernel mounts none for the keeper alone. */
  readonly privateDir: string;
  /** What its operations mount a tmpfs over, for the files of nodes. */
  readonly filesDir: string;
  /** Folder for the log files and `events.jsonl`. */
  readonly logsDir: string;
  /** Where the guard finds the symlinks to remove when the keeper has ended: /run/netns, and `LAB.` before each name. */
  readonly linksDir: string;
  readonly linkPrefix: string;
  /** The lab's control groups, as folders that need not be there: the guard removes them when the keeper has ended. */
  readonly groups?: readonly string[];
  /** The lab's lock: the keeper holds it too until it answers on its socket. */
  readonly lockFd?: number;
  /** From operations.ts, as are the flags. */
  readonly operations: readonly ProtocolRecord[];
  readonly flags: number;
}

/**
 * Starts a lab's keeper and returns when it answers on its socket. It then belongs to nobody: it lives until it is killed.
 * @returns its pid in our pid namespace.
 * @throws KeeperError with the operation that failed; then nothing of it is left. SystemError when the helper can't be run.
 */
export function startKeeper(options: KeeperStart): { pid: number } {
  const {
    lab,
    ctl,
    privateDir,
    filesDir,
    logsDir,
    linksDir,
    linkPrefix,
    groups = [],
    lockFd,
    operations,
    flags,
  } = options;
  const spec = encodeRecords([
    ['lab', lab],
    ['flags', flags],
    ['ctl', ctl],
    ['private', privateDir],
    ['files', filesDir],
    ['logs', logsDir],
    ['links', linksDir, linkPrefix],
    ['groups', ...groups],
    ...operations,
  ]);
  const result = spawnSync(helperPath(), ['keeper'], {
    input: spec,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe', ...(lockFd === undefined ? [] : [lockFd])],
    // It needs no environment; but its title is written over this memory, and wants room for the lab's name.
    env: { NETLAB_TITLE: ' '.repeat(128) },
    timeout: START_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  if (result.error !== undefined) {
    throw new SystemError('spawn', (result.error as NodeJS.ErrnoException).code ?? 'EIO', helperPath());
  }
  const report = (result.output[3] ?? '').toString().split('\n').map(decodeLine);
  const failure = report.find(([word]) => word === 'error');
  if (failure !== undefined) throw failureOf(failure.slice(1));
  const pid = Number(report.find(([word]) => word === 'pid')?.[1] ?? 0);
  if (pid === 0 || !report.some(([word]) => word === 'ok')) throw new KeeperError('start the keeper of', lab, 'ECHILD');
  return { pid };
}

/** A network namespace to make: with sysctls, as paths under /proc/sys, that are set before anybody can see it. */
export interface NamespaceStart {
  readonly name: string;
  readonly sysctls: readonly (readonly [key: string, value: string])[];
  /** The maps of a user namespace that is made for it, and owns it. */
  readonly ids?: IdMaps;
}

/** A node's PID 1 to start. */
export interface NodeStart {
  readonly name: string;
  readonly flags: number;
  /** As /proc/self/timens_offsets takes them, for a time namespace. */
  readonly clocks?: string;
  readonly operations: readonly ProtocolRecord[];
}

/** What a keeper holds. Descriptors are the keeper's: `/proc/KEEPER/fd/FD` leads to the namespace. */
export interface KeeperContents {
  readonly namespaces: readonly {
    readonly name: string;
    readonly fd: number;
    /** Somebody else's. */ readonly joined?: true;
  }[];
  /** Nodes that are on their way out: somebody has asked for it. */
  readonly dropping: readonly string[];
  /** Nodes with a PID 1, numbered as the keeper sees them. */
  readonly nodes: readonly { readonly name: string; readonly pid: number }[];
  /** What the keeper runs itself, for nodes without a PID 1. */
  readonly programs: readonly ProgramStatus[];
}

/** A connection to a lab's keeper. */
export class Keeper extends Programs {
  #unsent: ProtocolRecord[][] = [];
  /** PID 1s have been asked for, and their answer has not been taken. */
  #asked = false;

  /** Connects to the keeper's socket; undefined when there is none (any more). */
  static connect(ctlPath: string): Keeper | undefined {
    const control = Control.connect(ctlPath);
    return control === undefined ? undefined : new Keeper(control);
  }

  /**
   * Connects to the keeper of a lab, whose pid is `pid` if the caller has looked; undefined when it does not run.
   * @throws LabError when it runs, and has no socket where it should have: another version of netlab has started it.
   */
  static of(lab: string, pid = keeperOf(lab)): Keeper | undefined {
    if (pid === undefined) return undefined;
    const keeper = Keeper.connect(keeperSocket(lab, pid));
    // It may have ended at just this moment.
    if (keeper === undefined && keeperOf(lab) === pid)
      throw otherVersion(lab, `its keeper, pid ${pid}, does not answer`);
    return keeper;
  }

  /**
   * Makes network namespaces, in order; `onCreated` is called for each as soon as it stands, while the keeper makes the next.
   * @throws KeeperError for the first that could not be made (EEXIST, EMFILE, a sysctl's errno); those before it stand.
   */
  createNamespaces(list: readonly NamespaceStart[], onCreated: (name: string, fd: number) => void): void {
    this.sendNamespaces(list);
    this.receiveNamespaces(onCreated);
  }

  /** Asks for network namespaces and returns at once: the keeper makes them meanwhile. {@link receiveNamespaces} must follow. */
  sendNamespaces(list: readonly NamespaceStart[]): void {
    const [first, ...rest] = portions(list.map((each) => [namespaceRecord(each)]));
    this.#unsent = rest;
    this.control.send(first ?? []);
  }

  /** Waits for the namespaces that were asked for; otherwise as {@link createNamespaces}. */
  receiveNamespaces(onCreated: (name: string, fd: number) => void): void {
    for (let more = true; more;) {
      this.control.receive(([, name = '', fd = '0']) => onCreated(name, Number(fd)));
      const next = this.#unsent.shift();
      more = next !== undefined;
      if (next !== undefined) this.control.send(next);
    }
  }

  /**
   * Hands a network namespace over that somebody else has made: the keeper holds it for that node. Returns its descriptor there.
   * @throws KeeperError EEXIST, EINVAL for what is no network namespace.
   */
  joinNamespace(name: string, fd: number): number {
    this.control.send([['join', name]], fd);
    let held = 0;
    this.control.receive(([, , number = '0']) => (held = Number(number)));
    return held;
  }

  /** Ends everything that runs in these nodes, then frees their namespaces; returns when it is done. @throws KeeperError ENOENT. */
  dropNode(names: readonly string[]): void {
    this.control.request(names.map((name) => ['drop', name]));
  }

  /** Waits for the end of nodes that are on their way out: whoever asked for it may have gone without waiting. */
  finishDrops(names: readonly string[]): void {
    for (const name of names) {
      try {
        this.dropNode([name]);
      } catch (error) {
        // It is gone by now.
        if (!(error instanceof KeeperError && error.errno === 'ENOENT')) throw error;
      }
    }
  }

  /** {@link sendNodes} and {@link receiveNodes}. */
  startNodes(list: readonly NodeStart[]): Map<string, StartResult> {
    this.sendNodes(list);
    return this.receiveNodes();
  }

  /** Asks for PID 1s, which start side by side, and returns at once. {@link receiveNodes} must follow. */
  sendNodes(list: readonly NodeStart[]): void {
    const [first, ...rest] = portions(
      list.map(({ name, flags, clocks = '', operations }) => [['node', name, flags, clocks], ...operations]),
    );
    this.#unsent = rest;
    this.control.send(first ?? []);
    this.#asked = true;
  }

  /**
   * Waits until each PID 1 asked for answers on its socket or has failed. `onReady` is called for each as soon as it does.
   * @returns for each node its PID 1 as the keeper numbers it, or the error. One that ran before counts as started. Nothing when nothing
   * was asked for.
   */
  receiveNodes(onReady?: (name: string, result: StartResult) => void): Map<string, StartResult> {
    const results = new Map<string, StartResult>();
    if (!this.#asked) return results;
    this.#asked = false;
    const onLine = ([word, name = '', ...rest]: readonly string[]) => {
      const result = word === 'failed' ? { error: failureOf(rest, name) } : { pid: Number(rest[0]) };
      results.set(name, result);
      onReady?.(name, result);
    };
    for (let more = true; more;) {
      const before = results.size;
      try {
        this.control.receive(onLine);
      } catch (error) {
        // The answer to a portion ends with the first of its failures, which has been told by its own line.
        const told = [...results.values()].slice(before).some((result) => 'error' in result);
        if (!(error instanceof KeeperError) || !told) throw error;
      }
      const next = this.#unsent.shift();
      more = next !== undefined;
      if (next !== undefined) this.control.send(next);
    }
    return results;
  }

  /** Asks to be told, in the record of events and in logs, when counters of control groups grow: from cgroup/counters.ts. */
  watch(records: readonly ProtocolRecord[]): void {
    if (records.length > 0) this.control.request(records);
  }

  /** Mounts the tmpfs with the files of nodes again, if somebody has unmounted it. @throws KeeperError ENOSYS before Linux 5.2. */
  mountFiles(): void {
    this.control.request([['files']]);
  }

  /** Asks for logs to be kept within these sizes from now on; `names`: as `NODE/PROCESS.log`. */
  rotate(
    logs: readonly { readonly names: readonly string[]; readonly maxSize: number; readonly files: number }[],
  ): void {
    this.control.request(logs.map(({ names, maxSize, files }) => ['rotate', maxSize, files, ...names]));
  }

  /** Everything that the keeper holds. */
  list(): KeeperContents {
    const lines = this.control.request([['list']]);
    const numbered = (kind: string) =>
      lines.filter(([word]) => word === kind).map(([, name = '', number]) => ({ name, number: Number(number) }));
    return {
      namespaces: [
        ...numbered('netns').map(({ name, number }) => ({ name, fd: number })),
        ...numbered('joined').map(({ name, number }) => ({ name, fd: number, joined: true as const })),
      ],
      dropping: numbered('dropping').map(({ name }) => name),
      nodes: numbered('node').map(({ name, number }) => ({ name, pid: number })),
      programs: lines.flatMap(statusOf),
    };
  }
}

function namespaceRecord({ name, sysctls, ids }: NamespaceStart): ProtocolRecord {
  if (ids === undefined) return ['netns', name, ...sysctls.flat()];
  return ['owned', name, mapText(ids.uids), mapText(ids.gids), ...sysctls.flat()];
}

/** Packs groups of records that belong together into as few requests as netlab-init's limit allows. */
function portions(groups: readonly (readonly ProtocolRecord[])[]): ProtocolRecord[][] {
  const requests: ProtocolRecord[][] = [];
  let size = Infinity;
  for (const group of groups) {
    const bytes = group.reduce((sum, record) => sum + Buffer.byteLength(encodeRecord(record)), 0);
    if (size + bytes > REQUEST_MAX - 64) {
      requests.push([]);
      size = 0;
    }
    size += bytes;
    requests.at(-1)?.push(...group);
  }
  return requests;
}
