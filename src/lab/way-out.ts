/**
 * How the lab of an ordinary user gets out: `host` is the lab's own home namespace there, and a program outside of it, under a
 * warden, joins that to the machine's network. Root's labs need none of this.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { HostError, InterruptedError, LabError, type Problem } from '../errors.ts';
import { HOST } from '../model/host.ts';
import type { LabModel } from '../model/lab.ts';
import type { Path } from '../model/place.ts';
import { addForwarded, type ForwardedEntry, listForwarded, removeForwarded } from '../process/hostfwd.ts';
import { type ForwardedPort, type Outside, uplinkCommand, type UplinkProgram } from '../process/uplink-programs.ts';
import { endWarden, findWarden, rememberWarden, Warden, type WardenFiles } from '../process/warden.ts';
import { wayTo } from '../reconcile/read/host.ts';
import { privateFolder } from '../state/keepers.ts';
import { labPaths } from '../state/paths.ts';
import { type HandedOutside, INSIDE, OUTSIDE } from '../state/places.ts';
import { forwardedPorts, needsWayOut, type PublishedPort } from './published.ts';
import type { Host } from './host.ts';

/** Any address that only the route of last resort leads to. */
const FAR_AWAY = '192.0.2.1';
const INTERVAL_MS = 3;
const LIMIT_MS = 10_000;

/** What the state folder says of a program that runs. */
interface Running {
  readonly program: UplinkProgram;
  /** What it was told to forward at its start. */
  readonly ports: readonly ForwardedPort[];
}

export interface WayOutOptions {
  /** For a look ahead: nothing is written, nothing forwarded, and it ends with this process. */
  readonly trial?: boolean;
  /** Of a lab that runs. */
  readonly keeper?: number | undefined;
  readonly signal?: AbortSignal;
}

/** The files of a lab's way out; `keeper`: the pid of its keeper, if that runs. */
export function wayOutFiles(
  lab: string,
  keeper: number | undefined,
): WardenFiles & { readonly api: string; readonly running: string } {
  const { dir } = labPaths(lab);
  return {
    lab,
    lock: join(dir, 'uplink.lock'),
    copy: keeper === undefined ? undefined : join(privateFolder(keeper), 'uplink.lock'),
    api: join(dir, 'uplink.api'),
    running: join(dir, 'uplink.json'),
  };
}

/** The warden that this command was given has been used. */
let spent = false;

/** A lab's way out, while `up` (or `plan`) is at work. */
export class WayOut implements Disposable {
  readonly #model: LabModel;
  readonly #outside: Outside;
  readonly #warden: Warden | undefined;
  readonly #trial: boolean;
  #signal: AbortSignal | undefined;
  readonly #keeper: number | undefined;
  readonly #host: Host;
  /** This run has started the program. */
  #started = false;
  #undo: (() => Promise<void>)[] = [];

  private constructor(model: LabModel, host: Host, { warden, ...outside }: HandedOutside, options: WayOutOptions) {
    this.#model = model;
    this.#outside = outside;
    // A command that brings a lab up again and again (--watch) has one warden for one program.
    this.#warden = spent ? undefined : new Warden(warden);
    spent = true;
    this.#trial = options.trial === true;
    this.#signal = options.signal;
    this.#keeper = options.keeper;
    this.#host = host;
  }

  /**
   * Sees to it that the home of a lab that needs one has a way out, and that the ports of the file lead into it. Undefined when there is
   * nothing to see to. Throws HostError, with nothing changed.
   */
  static async open(model: LabModel, host: Host | undefined, options: WayOutOptions = {}): Promise<WayOut | undefined> {
    if (OUTSIDE === undefined || host === undefined || !needsWayOut(model)) return undefined;
    const way = new WayOut(model, host, OUTSIDE, options);
    try {
      await way.#settle();
      return way;
    } catch (error) {
      await way.undo();
      way[Symbol.dispose]();
      throw error;
    }
  }

  /** From now on it lives as long as the lab's keeper. */
  bind(keeper: number): void {
    if (!this.#started) return;
    this.#warden?.bind(keeper);
    rememberWarden(wayOutFiles(this.#model.name, keeper));
  }

  /** Brings back what was before, latest first. What this run has started ends with {@link [Symbol.dispose]}. */
  async undo(): Promise<void> {
    // Whoever has interrupted us waits for this.
    this.#signal = undefined;
    for (const step of this.#undo.toReversed()) await step();
    this.#undo = [];
  }

  [Symbol.dispose](): void {
    this.#warden?.close();
  }

  async #settle(): Promise<void> {
    if (this.#trial) {
      if (!this.#isOpen()) await this.#start(undefined, this.#program, []);
      return;
    }
    const { name: lab, resources } = this.#model;
    const files = wayOutFiles(lab, this.#keeper);
    const ports = forwardedPorts(resources, this.#outside.interface);
    const running = findWarden(files) === undefined ? undefined : readRunning(files.running);
    // pasta is told its ports but once.
    const useless = running?.program.name === 'pasta' && !sameForwarded(running.ports, ports);
    if (running === undefined || useless) {
      await endWarden(files);
      // The interface goes a moment after the lock.
      await this.#until(() => !this.#isOpen());
      rmSync(files.api, { force: true });
      if (running !== undefined) this.#undo.push(async () => this.#again(running));
      await this.#start(lab, this.#program, ports);
    }
    const program = running === undefined || useless ? this.#program : running.program;
    writeRunning(files.running, { program, ports });
    if (program.name === 'slirp4netns') await this.#forward(files.api, ports);
  }

  get #program(): UplinkProgram {
    const { program } = this.#outside;
    // Asked before: refuseBeyondUser().
    if (program === undefined) throw new LabError('neither slirp4netns nor pasta is installed');
    return program;
  }

  /** What ran before runs again: as good as it can be, for the connections through it are lost. */
  async #again({ program, ports }: Running): Promise<void> {
    await this.#start(this.#model.name, program, ports);
    writeRunning(wayOutFiles(this.#model.name, this.#keeper).running, { program, ports });
    if (this.#keeper !== undefined) this.bind(this.#keeper);
  }

  /** Starts the program and waits until the home's default route leads to it. */
  async #start(lab: string | undefined, program: UplinkProgram, ports: readonly PublishedPort[]): Promise<void> {
    const files = lab === undefined ? undefined : wayOutFiles(lab, this.#keeper);
    const command = uplinkCommand(program, {
      pid: process.pid,
      interface: this.#outside.interface,
      ...(files === undefined ? {} : { api: files.api }),
      ports,
    });
    const warden = this.#warden;
    if (warden === undefined)
      throw this.#failed(program, 'only a new command can start it: end this one, and type it again', ports);
    this.#started = true;
    warden.start(this.#model.name, files?.lock, command);
    const open = await this.#until(() => {
      const failure = warden.failure();
      if (failure !== undefined) throw this.#failed(program, failure, ports);
      return this.#isOpen();
    });
    if (!open) throw this.#failed(program, `it made no way out within ${LIMIT_MS / 1000} s`, ports);
  }

  /** Waits until something is so; false when it does not become so. */
  async #until(condition: () => boolean): Promise<boolean> {
    for (const end = Date.now() + LIMIT_MS; !condition();) {
      if (this.#signal?.aborted === true) throw new InterruptedError();
      if (Date.now() > end) return false;
      await setTimeout(INTERVAL_MS);
    }
    return true;
  }

  #isOpen(): boolean {
    return wayTo(this.#host.namespaces.route(HOST), FAR_AWAY) !== undefined;
  }

  /** Makes slirp4netns forward these ports and no others; who comes first, and then who goes. */
  async #forward(api: string, wanted: readonly PublishedPort[]): Promise<void> {
    const present = await listForwarded(api);
    const problems: Problem[] = [];
    for (const port of wanted) {
      if (present.some((each) => isSame(each, port))) continue;
      if (await addForwarded(api, port)) this.#undo.push(() => forget(api, port));
      else
        problems.push(
          this.#problem(
            port.at,
            `${port.proto} port ${port.port} cannot be had on this machine: somebody else listens there`,
          ),
        );
    }
    if (problems.length > 0) throw new HostError(problems);
    for (const entry of present) {
      if (wanted.some((port) => isSame(entry, port))) continue;
      await removeForwarded(api, entry.id);
      this.#undo.push(async () => void (await addForwarded(api, entry)));
    }
  }

  #failed({ name }: UplinkProgram, reason: string, ports: readonly PublishedPort[]): HostError {
    const at = ports[0]?.at ?? this.#model.resources.find((each) => each.node === HOST && each.at !== undefined)?.at;
    return new HostError([
      this.#problem(at, `${name}, the way out of an ordinary user's lab, has ended: ${withoutNoise(reason)}`),
    ]);
  }

  #problem(at: Path | undefined, message: string): Problem {
    return { ...this.#model.locate(at ?? []), message, severity: 'error' };
  }
}

/** Ends the way out of a lab whose file asks for none any more. */
export async function closeWayOut(lab: string, keeper: number): Promise<void> {
  if (!INSIDE) return;
  const files = wayOutFiles(lab, keeper);
  await endWarden(files);
  for (const file of [files.api, files.running]) rmSync(file, { force: true });
}

async function forget(api: string, port: ForwardedPort): Promise<void> {
  const entry = (await listForwarded(api)).find((each: ForwardedEntry) => isSame(each, port));
  if (entry !== undefined) await removeForwarded(api, entry.id);
}

function isSame(a: ForwardedPort, b: ForwardedPort): boolean {
  return a.proto === b.proto && a.port === b.port;
}

function sameForwarded(a: readonly ForwardedPort[], b: readonly ForwardedPort[]): boolean {
  return a.length === b.length && a.every((each) => b.some((other) => isSame(each, other)));
}

/** pasta tells on standard error that there is no syslog, after each line that would have gone there. */
function withoutNoise(text: string): string {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^Failed to send \d+ bytes to syslog$/.test(line));
  return lines.join('; ');
}

function writeRunning(file: string, running: Running): void {
  writeFileSync(file, JSON.stringify(running), { mode: 0o600 });
}

function readRunning(file: string): Running | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Running;
  } catch {
    return undefined;
  }
}
