import { KeeperError } from '../errors.ts';
import type { RestartPolicy } from '../model/process.ts';
import { failureOf, type Control } from './control.ts';
import type { ProtocolRecord } from './records.ts';

/** What PID 1 does of itself with a program: whether it starts it again, and how it ends it. */
export interface Keep {
  readonly restart: RestartPolicy;
  /** The number of the first signal. */
  readonly signal: number;
  /** Milliseconds from there to SIGKILL. */
  readonly graceMs: number;
}

/** What is done unless something else is said. */
export const DEFAULT_KEEP: Keep = { restart: 'no', signal: 15, graceMs: 2_000 };

/** A program to start. */
export interface ProgramStart {
  /** In a node's PID 1 the process's name; in the keeper `NODE/PROCESS`. */
  readonly name: string;
  /** A word of the caller's, at most 79 bytes, that `status` gives back: a hash of what was asked for. */
  readonly digest: string;
  readonly command: readonly string[];
  /** The whole environment; with a user, HOME, USER and LOGNAME are added where it has none. */
  readonly env: Readonly<Record<string, string>>;
  /** `/` unless said. */
  readonly cwd?: string;
  /** `name`, `uid`, `uid:gid` or `name:group`; unless said, root. */
  readonly user?: string;
  /** Where its output goes: a path in the lab's folder of logs, `NODE/PROCESS.log`. Unless said, nowhere. */
  readonly log?: string;
  /** {@link DEFAULT_KEEP} unless said. */
  readonly keep?: Keep;
  /** How it is confined beyond what holds for its node: from confinement.ts. */
  readonly confine?: readonly ProtocolRecord[];
  /** From program-namespaces.ts: those that it has beside its node's. */
  readonly namespaces?: readonly ProtocolRecord[];
  /** The control groups that it joins, as folders. */
  readonly groups?: readonly string[];
  /** In the keeper only: the node whose network namespace it shall run in. */
  readonly node?: string;
}

/** What PID 1 knows of a program. */
export interface ProgramStatus {
  readonly name: string;
  readonly digest: string;
  /** As the answering PID 1 numbers it. */
  readonly pid: number;
  /** Seconds since the epoch, with milliseconds. */
  readonly started: number;
  /** `restarting`: it has ended, and starts again after a pause. `stopped`: it ended because it was asked to. */
  readonly state: ProgramState;
  /** The exit status; 0 while it runs and when a signal ended it. */
  readonly exitCode: number;
  /** The number of the signal that ended it; 0: none. */
  readonly signal: number;
  /** How often it was started again. */
  readonly restarts: number;
  readonly policy: RestartPolicy;
  /** Bytes that stood in its log when it was last started: what comes after them is its own. */
  readonly logFrom: number;
}

/** What a program is at. */
export type ProgramState = 'running' | 'restarting' | 'stopped' | 'exited';

/** How a program ended. */
export type ProgramExit = Pick<ProgramStatus, 'exitCode' | 'signal'>;

/** What became of one of several things asked for at once: a pid, or the reason why not. */
export type StartResult = { readonly pid: number } | { readonly error: KeeperError };

/** The part of the protocol that the keeper and a node's PID 1 have in common: programs. */
export class Programs {
  protected readonly control: Control;

  constructor(control: Control) {
    this.control = control;
  }

  /** The answering process, as our pid namespace numbers it. */
  get pid(): number {
    return this.control.peerPid;
  }

  /**
   * Starts programs side by side, and returns when each has been executed. The map tells for each name its pid, or why it could
   * not be started (EEXIST: one of that name is running; ENOENT: no such command, folder or user).
   */
  start(programs: readonly ProgramStart[]): Map<string, StartResult> {
    this.sendStart(programs);
    return this.receiveStart();
  }

  /** Asks for programs and returns at once. {@link receiveStart} must follow. */
  sendStart(programs: readonly ProgramStart[]): void {
    this.control.send(programs.flatMap(startRecords));
  }

  /** Waits until the programs that were asked for have been executed, or could not be; otherwise as {@link start}. */
  receiveStart(): Map<string, StartResult> {
    const results = new Map<string, StartResult>();
    let failures = 0;
    try {
      this.control.receive(([word, name = '', ...rest]) => {
        if (word === 'started') results.set(name, { pid: Number(rest[0]) });
        if (word !== 'failed') return;
        failures += 1;
        results.set(name, { error: failureOf(rest) });
      });
    } catch (error) {
      // The answer ends with the first of the failures, which has been told by its own line.
      if (!(error instanceof KeeperError) || failures === 0) throw error;
    }
    return results;
  }

  /**
   * Signals the process group of each, kills what is left of it after `graceMs`, and returns when they are gone; without a signal
   * each has its own, and its own time.
   * One that has ended already is fine. @throws KeeperError ESRCH when one never was.
   */
  stop(names: readonly string[], signal?: number, graceMs = DEFAULT_KEEP.graceMs): void {
    this.control.request(names.map((name) => ['stop', name, ...(signal === undefined ? [] : [signal, graceMs])]));
  }

  /** Like {@link stop}, each with its own signal and time, but does not wait: `status` tells when they are gone. */
  finish(names: readonly string[]): void {
    this.control.request(names.map((name) => ['finish', name]));
  }

  /** Changes what is done of itself with a program, and leaves the program alone. @throws KeeperError ESRCH. */
  keep(name: string, { restart, signal, graceMs }: Keep): void {
    this.control.request([['keep', name, restart, signal, graceMs]]);
  }

  /** All programs that were started here and not forgotten. */
  status(): ProgramStatus[] {
    return this.control.request([['status']]).flatMap(statusOf);
  }

  /**
   * Waits until a program has ended, and blocks this thread meanwhile, for at most 30 seconds.
   * @throws KeeperError ESRCH when it never was, ETIMEDOUT when it goes on running.
   */
  wait(name: string): ProgramExit {
    const exits = this.control.request([['wait', name]]).filter(([word]) => word === 'exited');
    const [, , exitCode = '0', signal = '0'] = exits[0] ?? [];
    return { exitCode: Number(exitCode), signal: Number(signal) };
  }

  /** Removes ended programs from the status. @throws KeeperError EBUSY when one is running. */
  forget(names: readonly string[]): void {
    this.control.request(names.map((name) => ['forget', name]));
  }

  /** Hangs up. The programs go on. */
  close(): void {
    this.control.close();
  }
}

/** The records that start one program. */
function startRecords(program: ProgramStart): ProtocolRecord[] {
  const { name, digest, command, env, cwd = '/', user = '', log, keep, groups = [], node } = program;
  const { confine = [], namespaces = [] } = program;
  const records: ProtocolRecord[] = [
    ['start', name, digest, cwd, user],
    ['arg', ...command],
    ['env', ...Object.entries(env).map(([key, value]) => `${key}=${value}`)],
  ];
  if (log !== undefined) records.push(['log', log]);
  if (keep !== undefined) records.push(['keep', keep.restart, keep.signal, keep.graceMs]);
  if (groups.length > 0) records.push(['cgroup', ...groups]);
  if (node !== undefined) records.push(['net', node]);
  records.push(...confine, ...namespaces);
  return records;
}

/** A `process` line, or nothing when the line is of another kind. */
export function statusOf(fields: readonly string[]): ProgramStatus[] {
  const [word, name = '', digest = '', pid, started, state, exitCode, signal, restarts, policy, logFrom] = fields;
  if (word !== 'process') return [];
  return [
    {
      name,
      digest,
      pid: Number(pid),
      started: Number(started),
      state: state as ProgramState,
      exitCode: Number(exitCode),
      signal: Number(signal),
      restarts: Number(restarts),
      policy: policy as RestartPolicy,
      logFrom: Number(logFrom),
    },
  ];
}
