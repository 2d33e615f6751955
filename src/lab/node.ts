/** One node of a running lab: commands in it, what its processes printed, and its network. */
import { LabError } from '../errors.ts';
import { HOST } from '../model/host.ts';
import { surroundingsOf } from '../model/namespace.ts';
import type { NodeChange, ProcessChange } from '../model/report.ts';
import { groupsToJoin } from '../process/cgroup/node-groups.ts';
import { type CaptureOptions, execArguments, execCapture, type ExecResult, type ExecTarget } from '../process/exec.ts';
import { NodeInit } from '../process/node-init.ts';
import { outerPid } from '../process/pids.ts';
import { hasInit } from '../process/operations.ts';
import { keeperOf, keeperSocket, nodeSocket } from '../state/keepers.ts';
import { netnsPath } from '../state/paths.ts';
import { type NodeRecord, readRecord } from '../state/record.ts';
import type { ControlOptions, ProcessVerb } from './control.ts';
import type { FreezeOptions } from './freeze.ts';
import { refuseFrozen } from './frozen.ts';
import { NodeNetwork } from './node-network/network.ts';
import { noNode, noProcess } from './unknown.ts';

export interface LogsOptions {
  /** How many of the last lines; all unless said. */
  readonly lines?: number;
  /** Go on with what is printed from now on, until `signal` is aborted. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** Where in a node a command runs, and as whom. */
export interface PlaceOptions {
  /** In the namespaces of this process, which must run, and with no more rights than it has. */
  readonly process?: string;
  /** `name`, `uid`, `uid:gid` or `name:group`; unless said, the user of the process, or root. */
  readonly user?: string;
}

/** What the state folder says of a node. Throws LabError with the nearest name when the lab has none of that name. */
export function findNode(lab: string, name: string): NodeRecord {
  if (name === HOST) throw new LabError('host is this machine itself, and no node: run the command without netlab');
  const nodes = readRecord(lab, keeperOf(lab))?.nodes;
  if (nodes === undefined) throw new LabError(`the lab ${lab} does not run`);
  const node = Object.hasOwn(nodes, name) ? nodes[name] : undefined;
  if (node !== undefined) return node;
  throw noNode(lab, name, Object.keys(nodes));
}

/** One node of a running lab. */
export class LabNode extends NodeNetwork {
  readonly #record: NodeRecord;

  /** Throws LabError when the lab has no such node. */
  constructor(lab: string, name: string) {
    super(lab, name);
    this.#record = findNode(lab, name);
  }

  /** The path by which `ip netns exec` and `nsenter --net=` find the node's network namespace. */
  get netns(): string {
    return netnsPath(this.lab, this.name);
  }

  /** The command line of netlab-init that runs a command in the node. The node's PID 1 is started if it does not run yet. */
  async execArgv(
    command: readonly string[],
    options: PlaceOptions & { readonly terminal?: boolean } = {},
  ): Promise<string[]> {
    const { process, ...rest } = options;
    refuseFrozen(this.lab, this.name);
    const target = await (process === undefined ? this.#target() : this.#targetOf(process));
    const workdir = this.#record.rootfs?.config?.workdir;
    const cwd = workdir === undefined ? {} : { cwd: workdir };
    return execArguments(target, command, { ...cwd, ...rest, groups: groupsToJoin(this.lab, this.name, process) });
  }

  /** What the node's image says of the environment, to be laid over the caller's. */
  get environment(): Readonly<Record<string, string>> {
    return this.#record.rootfs?.config?.env ?? {};
  }

  /**
   * Runs a command in the node and collects what it prints: a program and its arguments, or a text for /bin/sh -c. A code that is not 0 is a
   * result, not an error. Like `netlab exec --json`.
   */
  async exec(command: string | readonly string[], options: CaptureOptions & PlaceOptions = {}): Promise<ExecResult> {
    const { process: program, user, ...rest } = options;
    const place = { ...(program === undefined ? {} : { process: program }), ...(user === undefined ? {} : { user }) };
    const env = { ...(rest.env ?? (process.env as Record<string, string>)), ...this.environment };
    const argv = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
    return execCapture(await this.execArgv(argv, place), { ...rest, env });
  }

  /** Starts its processes (one, or all) that do not run, and waits until they are ready. Like `netlab start NODE`. */
  start(process?: string, options: ControlOptions = {}): Promise<ProcessChange[]> {
    return this.#control('start', process, options);
  }

  /** Ends its processes, each by its own signal; they stay ended until `start` or the next `up`. Like `netlab stop NODE`. */
  stop(process?: string, options: ControlOptions = {}): Promise<ProcessChange[]> {
    return this.#control('stop', process, options);
  }

  /** Ends its processes and starts them again. Like `netlab restart NODE`. */
  restart(process?: string, options: ControlOptions = {}): Promise<ProcessChange[]> {
    return this.#control('restart', process, options);
  }

  /** Lets all its processes stand still. Like `netlab freeze NODE`. */
  freeze(options: FreezeOptions = {}): Promise<NodeChange> {
    return this.#freeze('freeze', options);
  }

  /** Lets them go on. Like `netlab thaw NODE`. */
  thaw(options: FreezeOptions = {}): Promise<NodeChange> {
    return this.#freeze('thaw', options);
  }

  async #freeze(verb: 'freeze' | 'thaw', options: FreezeOptions): Promise<NodeChange> {
    const { freezeNodes } = await import('./freeze.ts');
    return (await freezeNodes(this.lab, verb, [this.name], options))[0]!;
  }

  async #control(verb: ProcessVerb, process: string | undefined, options: ControlOptions): Promise<ProcessChange[]> {
    const { controlProcesses } = await import('./control.ts');
    return controlProcesses(
      this.lab,
      verb,
      [{ node: this.name, ...(process === undefined ? {} : { process }) }],
      options,
    );
  }

  /** The names of the processes that have printed, or may print, into a log. */
  async processes(): Promise<string[]> {
    const { logFiles } = await import('./log-files.ts');
    return [...logFiles(this.lab, this.name).keys()];
  }

  /** What a process printed, in pieces of text. Throws LabError when the node has no such process. */
  async *logs(process: string, options: LogsOptions = {}): AsyncGenerator<string> {
    const { lines = Infinity, follow = false, signal } = options;
    const [{ logFiles }, { followLog, lastLines }] = await Promise.all([
      import('./log-files.ts'),
      import('../process/logs.ts'),
    ]);
    const files = logFiles(this.lab, this.name);
    const path = files.get(process);
    if (path === undefined) throw noProcess(this.lab, this.name, process, [...files.keys()]);
    const { lines: last, offset } = lastLines(path, lines);
    if (last.length > 0) yield `${last.join('\n')}\n`;
    if (!follow) return;
    const decoder = new TextDecoder();
    for await (const piece of followLog(path, offset, signal ?? new AbortController().signal)) {
      yield decoder.decode(piece, { stream: true });
    }
  }

  async #target(): Promise<ExecTarget> {
    const { join } = this.#record;
    // Like `nsenter -t PID -a`: what stands around it is somebody else's.
    if (join?.pid !== undefined) {
      const { requireJoined } = await import('./join.ts');
      requireJoined(this.name, join);
      return { pid: join.pid };
    }
    if (!hasInit(this.#record.isolation)) return { netns: this.netns };
    const running = this.#init();
    if (running !== undefined) return running;
    const [{ startInits }, { Keeper }] = await Promise.all([import('./init.ts'), import('../process/keeper.ts')]);
    const keeper = Keeper.of(this.lab);
    if (keeper === undefined) {
      throw new LabError(
        `the lab ${this.lab} does not run any more; remove what is left of it with: netlab down ${this.lab}`,
      );
    }
    try {
      startInits(keeper, this.lab, [{ name: this.name, ...surroundingsOf(this.#record) }]);
    } finally {
      keeper.close();
    }
    const target = this.#init();
    if (target === undefined) throw new LabError(`the PID 1 of ${this.name} ended as soon as it had started`);
    return target;
  }

  /** All namespaces of a process, whose user it is, and it is confined as that process is. */
  async #targetOf(name: string): Promise<ExecTarget> {
    const [node, { Keeper }] = await Promise.all([this.#target(), import('../process/keeper.ts')]);
    const keeper = keeperOf(this.lab) ?? 0;
    const init = NodeInit.connect(nodeSocket(keeper, this.name));
    const supervisor = init ?? Keeper.of(this.lab, keeper);
    try {
      // The keeper runs what belongs to nodes without a PID 1, of all of them.
      const prefix = init === undefined ? `${this.name}/` : '';
      const own = (supervisor?.status() ?? []).filter((program) => program.name.startsWith(prefix));
      const found = own.find((program) => program.name === prefix + name);
      const pid = found?.state === 'running' ? outerPid(init?.pid ?? keeper, found.pid) : null;
      if (pid !== null) {
        const control = 'pid' in node ? node.control : keeperSocket(this.lab, keeper);
        return { pid, program: prefix + name, ...(control === undefined ? {} : { control }) };
      }
      const known = own.map((program) => program.name.slice(prefix.length));
      throw found === undefined ? noProcess(this.lab, this.name, name, known) : this.#notRunning(name);
    } finally {
      supervisor?.close();
    }
  }

  #notRunning(name: string): LabError {
    return new LabError(
      `the process ${name} of ${this.name} does not run; start it with: netlab start -l ${this.lab} ${this.name}/${name}`,
    );
  }

  #init(): ExecTarget | undefined {
    const keeper = keeperOf(this.lab);
    const init = keeper === undefined ? undefined : NodeInit.connect(nodeSocket(keeper, this.name));
    const target = init?.target;
    init?.close();
    return target;
  }
}
