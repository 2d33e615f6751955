/**
 * A lab, and everything that can be done with it. What each operation needs is loaded when it is first asked for, so that a
 * command in a node does not wait for the reader of topologies.
 */
import { existsSync } from 'node:fs';

import { InterruptedError, LabError, type Problem, TopologyError } from './errors.ts';
import type { Capture, PacketCaptureOptions } from './capture/capture.ts';
import type { CheckOptions } from './checks/trial.ts';
import type { GraphOptions, RunningOptions } from './graph/graph.ts';
import type { ArpOptions } from './lab/arp.ts';
import type { FreezeOptions } from './lab/freeze.ts';
import type { ControlOptions, ProcessVerb } from './lab/control.ts';
import type { DownOptions } from './lab/down.ts';
import { loadGiven as load, type Topology, withWarnings } from './lab/given.ts';
import { LabLink } from './lab/link.ts';
import type { LabNode } from './lab/node.ts';
import type { PingOptions } from './lab/ping.ts';
import type { PingallOptions } from './lab/pingall.ts';
import type { PlanOptions } from './lab/plan.ts';
import type { StatusOptions } from './lab/status.ts';
import type { UpOptions } from './lab/up.ts';
import type { WatchOptions } from './lab/watch/watch.ts';
import type { LabResult } from './model/check.ts';
import type {
  ArpReport,
  DoctorReport,
  LabStatus,
  LabSummary,
  PlanReport,
  NodeChange,
  PingallReport,
  PingReport,
  ProcessChange,
  UpReport,
} from './model/report.ts';
import type { Choice } from './model/process.ts';
import type { WhyReport } from './model/why.ts';
import type { LabEvent } from './model/event.ts';
import type { WatchEnd } from './model/watch.ts';
import type { LoadedTopology } from './topology/load.ts';
import type { WhyOptions } from './why/why.ts';

/** A lab of this machine. `await using lab = await Lab.up('pair.yaml')` takes it down at the end of the block. */
export class Lab implements AsyncDisposable {
  readonly name: string;
  /** What the `up` that made this object did; undefined for a lab that was only opened. */
  readonly report: UpReport | undefined;
  readonly #nodes: typeof import('./lab/node.ts');
  readonly #loaded: LoadedTopology | undefined;

  private constructor(name: string, nodes: typeof import('./lab/node.ts'), report?: UpReport, loaded?: LoadedTopology) {
    this.name = name;
    this.#nodes = nodes;
    this.report = report;
    this.#loaded = loaded;
  }

  /**
   * Makes the kernel equal to a topology. Like `netlab up FILE`. A lab that did not run before ends with this program, however that
   * ends, unless it is detached; a lab that ran already stays.
   * @throws TopologyError with all problems of the file; ApplyError, InterruptedError: then what was done has been undone.
   */
  static async up(topology: Topology, options: UpOptions = {}): Promise<Lab> {
    const [loaded, { up }, nodes] = await Promise.all([
      load(topology, options),
      import('./lab/up.ts'),
      import('./lab/node.ts'),
    ]);
    const { model, warnings } = loaded;
    if (options.signal?.aborted === true) throw new InterruptedError();
    const owned = options.detach === true ? undefined : await import('./lab/owned.ts');
    await owned?.sweep();
    const isOurs = owned?.claim(model.name) === true;
    try {
      const report = await up(model, options);
      if (isOurs && !report.created) owned?.release(model.name);
      return new Lab(model.name, nodes, withWarnings(report, warnings), loaded);
    } catch (error) {
      if (isOurs && options.keep !== true) owned?.release(model.name);
      throw error;
    }
  }

  /**
   * Brings a lab up and keeps it as the file says, whatever is done to it and to the file, until `signal` is aborted or the lab is
   * taken down. The lab stays up. Like `netlab up --watch FILE`.
   * @throws what {@link Lab.up} throws, before the event `up`.
   */
  static async watch(topology: Topology, options: WatchOptions): Promise<WatchEnd> {
    const [{ watchLab }, { reload }] = await Promise.all([
      import('./lab/watch/watch.ts'),
      import('./lab/watch/program.ts'),
    ]);
    const first = await load(topology, options);
    // An object, and standard input, are what they were.
    const again =
      typeof topology === 'string' && topology !== '-' ? () => reload(topology, options) : async () => first;
    return watchLab(first, again, options);
  }

  /** What `up` would do, and why. Changes nothing. Like `netlab plan FILE`; with `explain` like `netlab plan --explain FILE`. */
  static async plan(topology: Topology, options: PlanOptions = {}): Promise<PlanReport> {
    const [{ model, warnings }, { plan }] = await Promise.all([load(topology, options), import('./lab/plan.ts')]);
    return withWarnings(await plan(model, options), warnings);
  }

  /** Checks files without touching anything; all problems of all files, warnings too. Like `netlab validate FILE…`. */
  static async validate(files: string | readonly string[]): Promise<Problem[]> {
    const { readTopology } = await import('./topology/load.ts');
    const problems: Problem[] = [];
    // One after the other: a topology may be a program, and what two of them print should not mix.
    for (const file of [files].flat()) {
      try {
        problems.push(...(await readTopology(file)).warnings);
      } catch (error) {
        if (!(error instanceof TopologyError)) throw error;
        problems.push(...error.problems);
      }
    }
    return problems;
  }

  /**
   * A topology as a picture or another text, with a newline at its end. Like `netlab graph FILE`.
   * @throws TopologyError
   */
  static async graph(topology: Topology, options: GraphOptions = {}): Promise<string> {
    const [{ model }, { fileGraph }] = await Promise.all([load(topology, {}), import('./graph/graph.ts')]);
    return fileGraph(model, options);
  }

  /** All labs of this machine, running and dead. Like `netlab ls`. */
  static async list(): Promise<LabSummary[]> {
    const { listLabs } = await import('./lab/list.ts');
    return listLabs();
  }

  /** What this machine offers to labs, or to the one of a topology; `fix` removes what dead labs have left. Like `netlab doctor`. */
  static async doctor(topology?: Topology, options: { readonly fix?: boolean } = {}): Promise<DoctorReport> {
    const [loaded, { doctor }] = await Promise.all([
      topology === undefined ? undefined : load(topology, {}),
      import('./lab/doctor.ts'),
    ]);
    return doctor(loaded?.model, options);
  }

  /** A lab that exists, running or dead. Throws LabError when there is none of that name. */
  static async open(name: string): Promise<Lab> {
    const [{ exists, listLabs }, nodes] = await Promise.all([import('./lab/list.ts'), import('./lab/node.ts')]);
    if (!exists(name)) {
      const names = listLabs().map(({ lab }) => lab);
      const hint =
        names.length === 0 ? 'no lab is running' : `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`;
      throw new LabError(`there is no lab ${name}; ${hint}`);
    }
    return new Lab(name, nodes);
  }

  /** The name of the lab that a word means: that of one that exists, or the one that a file gives, also one that is wrong. */
  static async nameOf(fileOrName: string): Promise<string> {
    if (fileOrName === '-') return (await load('-', {})).model.name;
    if (
      !/[./]/.test(fileOrName) &&
      (!existsSync(fileOrName) || (await Lab.list()).some(({ lab }) => lab === fileOrName))
    ) {
      return fileOrName;
    }
    const { labNameOf } = await import('./lab/name.ts');
    return labNameOf(fileOrName);
  }

  /**
   * What `up` of its topology would do now: what has drifted since. Nothing, for a lab that is as it was made. Of a lab that was opened the
   * file that it was made from is read again. Like `netlab plan FILE`.
   * @throws LabError when that file is not to be had; TopologyError.
   */
  async plan(options: Pick<PlanOptions, 'explain' | 'prune'> = {}): Promise<PlanReport> {
    const [{ readMadeFrom }, { plan }] = await Promise.all([import('./lab/made-from.ts'), import('./lab/plan.ts')]);
    const loaded = this.#loaded ?? (await readMadeFrom(this.name));
    return withWarnings(await plan(loaded.model, options), loaded.warnings);
  }

  /** The lab as it stands in the kernel now. Like `netlab status`. */
  async status(options: StatusOptions = {}): Promise<LabStatus> {
    const { status } = await import('./lab/status.ts');
    return status(this.name, options);
  }

  /**
   * Tries the checks of its topology, each until it holds or its time is over; that one fails is a result. Like `netlab test NAME`.
   * @throws LabError when it does not run, or its file is not to be had; TopologyError; InterruptedError.
   */
  async test(options: CheckOptions = {}): Promise<LabResult> {
    const { testLab } = await import('./checks/trial.ts');
    return testLab(this.name, options, this.#loaded?.expandChecks);
  }

  /** Ends its processes and removes everything of it. False when there was nothing left. Like `netlab down`. */
  async down(options: DownOptions = {}): Promise<boolean> {
    const [{ down }, { release }] = await Promise.all([import('./lab/down.ts'), import('./lab/owned.ts')]);
    const removed = await down(this.name, options);
    release(this.name);
    return removed;
  }

  /**
   * Starts, stops or restarts processes: all of a node, or one. Like `netlab start NODE/PROCESS…`. A process that is stopped stays
   * so until `start` or the next `up`. Throws LabError, ProcessError.
   */
  async control(verb: ProcessVerb, choices: readonly Choice[], options: ControlOptions = {}): Promise<ProcessChange[]> {
    const { controlProcesses } = await import('./lab/control.ts');
    return controlProcesses(this.name, verb, choices, options);
  }

  /** Lets all processes of nodes stand still, as they are, until `thaw` or the next `up`. Like `netlab freeze NODE…`. Throws LabError. */
  async freeze(nodes: readonly string[], options: FreezeOptions = {}): Promise<NodeChange[]> {
    const { freezeNodes } = await import('./lab/freeze.ts');
    return freezeNodes(this.name, 'freeze', nodes, options);
  }

  /** Lets them go on. Like `netlab thaw NODE…`. Throws LabError. */
  async thaw(nodes: readonly string[], options: FreezeOptions = {}): Promise<NodeChange[]> {
    const { freezeNodes } = await import('./lab/freeze.ts');
    return freezeNodes(this.name, 'thaw', nodes, options);
  }

  /**
   * Sends ICMP echo requests from one node to another, to an interface of one (`r1:eth0`), or to an address. That nobody answers is a
   * result, not an error. Like `netlab ping A B`. Throws LabError when there is no such node or address.
   */
  async ping(from: string, to: string, options: PingOptions = {}): Promise<PingReport> {
    const { ping } = await import('./lab/ping.ts');
    return ping(this.name, from, to, options);
  }

  /**
   * Who has an address on a link of a node: by ARP, or by neighbour discovery of IPv6, past the kernel's tables. That two have it, or
   * nobody, is a result, not an error. Like `netlab ping --arp A B`. Throws LabError when there is no such node or address.
   */
  async arp(from: string, to: string, options: ArpOptions = {}): Promise<ArpReport> {
    const { arp } = await import('./lab/arp.ts');
    return arp(this.name, from, to, options);
  }

  /** Whether each node reaches each other one. Like `netlab pingall`. Throws LabError when there are no two nodes with an address. */
  async pingall(options: PingallOptions = {}): Promise<PingallReport> {
    const { pingall } = await import('./lab/pingall.ts');
    return pingall(this.name, options);
  }

  /** The lab as it stands in the kernel now, as a picture or another text. Like `netlab graph NAME`. Throws LabError when it does not run. */
  async graph(options: GraphOptions & RunningOptions = {}): Promise<string> {
    const { labGraph } = await import('./graph/graph.ts');
    return labGraph(this.name, options);
  }

  /** Listens on interfaces (`r1:eth0`, `r1`, `all`) from now on; a loop over it tells the packets. Like `netlab capture`. Throws LabError, UsageError. */
  async capture(where: string | readonly string[], options: PacketCaptureOptions = {}): Promise<Capture> {
    return (await import('./capture/capture.ts')).Capture.open(this.name, [where].flat(), options);
  }

  /**
   * Sends a probe from one node to another, to an interface of one, or to an address, and tells its way and the first thing that stops it.
   * Like `netlab why A B`. Throws LabError when there is no such node or address.
   */
  async why(from: string, to: string, options: WhyOptions = {}): Promise<WhyReport> {
    const { why } = await import('./why/why.ts');
    return why(this.name, from, to, options);
  }

  /** One of its nodes. Throws LabError with the nearest name when it has none of that name. */
  node(name: string): LabNode {
    return new this.#nodes.LabNode(this.name, name);
  }

  /**
   * Tells what the lab is, then `synced`, and then everything that changes in it: links, addresses, routes, processes; `end` is the last. Leaving
   * the loop over it ends the listening, and so does `signal`. Like `netlab events`. Throws LabError when it does not run.
   */
  async *events({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<LabEvent, void, undefined> {
    const { labEvents } = await import('./lab/events/events.ts');
    yield* labEvents(this.name, signal);
  }

  /** Ends of links, each as `node:interface`: `await lab.link('r1:eth0').down()`. A name that is wrong is told by what is done with it. */
  link(...ends: string[]): LabLink {
    return new LabLink(this.name, ends);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }
}
