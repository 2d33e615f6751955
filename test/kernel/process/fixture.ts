import { ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Isolation } from '../../../src/model/resource.ts';
import { Keeper, type NodeStart, startKeeper } from '../../../src/process/keeper.ts';
import { killKeeper } from '../../../src/process/kill.ts';
import { NodeInit } from '../../../src/process/node-init.ts';
import * as operations from '../../../src/process/operations.ts';
import type { ProgramStart } from '../../../src/process/program.ts';
import { nodeSocket } from '../../../src/state/keepers.ts';
import { uniqueLabName, until } from '../../support/index.ts';

export const ALL: readonly Isolation[] = ['net', 'uts', 'mnt', 'pid', 'ipc'];
export const HOSTS = '127.0.0.1 localhost\n10.0.0.1 r1\n';

const PATH = process.env['PATH'] ?? '';

/** A program of the node that runs a line of shell; its output goes to `r1/NAME.log`. */
export function shell(name: string, line: string, more: Partial<ProgramStart> = {}): ProgramStart {
  return { name, digest: 'd', command: ['/bin/sh', '-c', line], env: { PATH }, log: `r1/${name}.log`, ...more };
}

/** A keeper in a folder of its own, and the clients that a test opened. `end` asserts that nothing of it is left. */
export class TestKeeper {
  readonly lab = uniqueLabName();
  readonly folder: string;
  readonly ctl: string;
  readonly logsDir: string;
  readonly linksDir: string;
  readonly privateDir: string;
  readonly #open: { close(): void }[] = [];
  #pid = 0;
  #keeper: Keeper | undefined;

  /** `place`: where its folder is made. */
  constructor(place = tmpdir()) {
    this.folder = mkdtempSync(join(place, 'netlab-keeper-'));
    this.ctl = join(this.folder, 'ctl');
    this.logsDir = join(this.folder, 'logs');
    this.linksDir = join(this.folder, 'links');
    this.privateDir = join(this.folder, 'private');
    for (const folder of [this.logsDir, this.linksDir, this.privateDir]) mkdirSync(folder);
  }

  get options() {
    return {
      lab: this.lab,
      ctl: this.ctl,
      privateDir: join(this.privateDir, 'keeper'),
      filesDir: this.privateDir,
      logsDir: this.logsDir,
      linksDir: this.linksDir,
      linkPrefix: `${this.lab}.`,
      operations: operations.keeperOperations({ folder: this.privateDir, hosts: HOSTS }),
      flags: operations.KEEPER_FLAGS,
    };
  }

  start(): this {
    this.#pid = startKeeper(this.options).pid;
    return this;
  }

  get pid(): number {
    return this.#pid;
  }

  get keeper(): Keeper {
    this.#keeper ??= this.connect();
    return this.#keeper;
  }

  connect(): Keeper {
    const keeper = Keeper.connect(this.ctl);
    ok(keeper);
    this.#open.push(keeper);
    return keeper;
  }

  /** Makes network namespaces and the links to them, as `up` does. */
  namespaces(...names: string[]): void {
    this.keeper.createNamespaces(
      names.map((name) => ({ name, sysctls: [] })),
      (name, fd) => symlinkSync(`/proc/${this.#pid}/fd/${fd}`, this.netns(name)),
    );
  }

  netns(name: string): string {
    return join(this.linksDir, `${this.lab}.${name}`);
  }

  /** Starts PID 1s for nodes, whose namespaces exist. */
  startNodes(names: readonly string[], isolation: readonly Isolation[] = ALL) {
    return this.keeper.startNodes(names.map((name) => this.nodeStart(name, isolation)));
  }

  /** What the keeper is told for the PID 1 of a node. */
  nodeStart(name: string, isolation: readonly Isolation[] = ALL): NodeStart {
    const files = operations.privateFiles(this.privateDir);
    return {
      name,
      flags: operations.nodeFlags(isolation),
      operations: operations.nodeOperations({
        hostname: name,
        isolation,
        hostsFile: files.hosts,
        hostnameFile: files.hostname(name),
      }),
    };
  }

  /** A node from nothing: its namespace, its PID 1, a connection to it. */
  node(name: string, isolation: readonly Isolation[] = ALL): NodeInit {
    this.namespaces(name);
    const result = this.startNodes([name], isolation).get(name);
    if (result === undefined || 'error' in result) throw result?.error ?? new Error(`no answer for ${name}`);
    return this.init(name);
  }

  init(name: string): NodeInit {
    const init = NodeInit.connect(nodeSocket(this.#pid, name));
    ok(init);
    this.#open.push(init);
    return init;
  }

  log(path: string): string {
    return readFileSync(join(this.logsDir, path), 'utf8');
  }

  /** The lines of events.jsonl, without time and pid, which differ each time. */
  events(): Record<string, unknown>[] {
    return this.log('events.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Kills the keeper; then no process, socket or link of it is there any more. Mounts went with its namespace. */
  async end(): Promise<void> {
    for (const client of this.#open) client.close();
    if (this.#pid !== 0) killKeeper(this.#pid);
    await this.gone();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Waits for the guard to have cleaned up, and asserts that it has. */
  async gone(): Promise<void> {
    await until(() => titled(this.lab).length === 0, { what: `the end of all processes of ${this.lab}` });
    const left = readdirSync(this.linksDir);
    ok(left.length === 0 && !existsSync(this.ctl), `left: ${left.join(' ')}`);
    ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(this.folder), 'a mount is left');
  }
}

/** The command line of a process that does nothing, known by its number; those of other runs on this machine have other fractions. */
export function nap(seconds: number): string {
  return `sleep ${seconds}.${process.pid}`;
}

/** The pids of live processes whose command line has this word: keeper, guard and nodes bear the lab's name in their titles. */
export function titled(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return RegExp(`${word}(?![0-9])`).test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Whether a process lives: a zombie does not. */
export function alive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Runs a tool with this input and gives back what it printed. */
export function feed(argv: readonly string[], input: string): string {
  const [path = '', ...rest] = argv;
  const { error, status, stdout, stderr } = spawnSync(path, rest, { encoding: 'utf8', input, timeout: 30_000 });
  if (error !== undefined) throw error;
  ok(status === 0, `${argv.join(' ')}: ${status} ${stderr}`);
  return stdout;
}
