/** The starting of processes, many at a time: while one PID 1 forks, the next is being asked. */
import { KeeperError } from '../errors.ts';
import { groupBy } from '../model/group-by.ts';
import type { Process } from '../model/resource.ts';
import { hasInit } from '../process/operations.ts';
import type { Programs } from '../process/program.ts';
import { boundLogs } from './log-files.ts';
import { type Launch, program } from './programs.ts';

/** So many nodes are asked before the first of them is heard. */
const PORTION = 32;

/** Those who start processes have been asked for these. */
interface Asked {
  readonly programs: Programs;
  readonly processes: readonly Process[];
  /** As they are called there. */
  readonly nameOf: (process: Process) => string;
  readonly close: () => void;
}

/** Starts one process, and does not wait for anything but its execve. Throws KeeperError. */
export function launch(how: Launch, process: Process): void {
  for (const failure of launchAll(how, [process]).values()) throw failure;
}

/**
 * Starts processes, and returns those that could not be, each with the reason. Throws KeeperError when their logs cannot be kept within bounds. One of them: its node's PID 1 has ended since it was
 * started; in the keeper the process would see the machine's files, and all of its processes.
 */
function launchAll(how: Launch, processes: readonly Process[]): Map<Process, unknown> {
  const failures = new Map<Process, unknown>();
  const groups = groupsOf(how, processes);
  for (let i = 0; i < groups.length; i += PORTION) {
    const asked = groups.slice(i, i + PORTION).flatMap((group) => ask(how, group, failures));
    for (const each of asked) hear(each, failures);
  }
  boundLogs(
    how.session,
    processes.filter((each) => !failures.has(each)),
  );
  return failures;
}

/** Those of each node, and all of nodes without a PID 1, which are the keeper's. */
function groupsOf(how: Launch, processes: readonly Process[]): Process[][] {
  const groups = groupBy(processes, (process) => (isKeepers(how, process) ? '' : process.node));
  return [...groups.values()];
}

function isKeepers(how: Launch, { node }: Process): boolean {
  return !hasInit(how.node(node)?.isolation ?? []);
}

/** Asks, and does not wait. */
function ask(how: Launch, processes: readonly Process[], failures: Map<Process, unknown>): Asked[] {
  const { session } = how;
  const [first] = processes as [Process, ...Process[]];
  const areKeepers = isKeepers(how, first);
  const nameOf = ({ node, name }: Process): string => (areKeepers ? `${node}/${name}` : name);
  let init: Programs | undefined;
  try {
    if (!areKeepers) init = session.init(first.node);
    if (!areKeepers && init === undefined) throw new KeeperError('start', `${first.node}/${first.name}`, 'ESRCH');
    const programs = init ?? session.keeper;
    programs.sendStart(processes.map((each) => program(how, each, nameOf(each))));
    return [{ programs, processes, nameOf, close: () => init?.close() }];
  } catch (error) {
    init?.close();
    for (const each of processes) failures.set(each, error);
    return [];
  }
}

/** Waits for the answer. */
function hear({ programs, processes, nameOf, close }: Asked, failures: Map<Process, unknown>): void {
  try {
    const results = programs.receiveStart();
    for (const each of processes) {
      const result = results.get(nameOf(each));
      if (result !== undefined && 'error' in result) failures.set(each, result.error);
    }
  } catch (error) {
    for (const each of processes) failures.set(each, error);
  } finally {
    close();
  }
}

/** Starts together the processes that are asked for in one turn of the event loop. */
export class Launches {
  readonly #how: Launch;
  #waiting = new Map<Process, { readonly resolve: () => void; readonly reject: (reason: unknown) => void }>();

  constructor(how: Launch) {
    this.#how = how;
  }

  /** Starts a process, as {@link launch}. */
  launch(process: Process): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) setImmediate(() => this.#begin());
      this.#waiting.set(process, { resolve, reject });
    });
  }

  #begin(): void {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    const failures = this.#start([...waiting.keys()]);
    for (const [process, { resolve, reject }] of waiting) {
      if (failures.has(process)) reject(failures.get(process));
      else resolve();
    }
  }

  /** Nobody would catch here what is thrown, and each of them waits for an answer. */
  #start(processes: readonly Process[]): Map<Process, unknown> {
    try {
      return launchAll(this.#how, processes);
    } catch (error) {
      return new Map(processes.map((process) => [process, error]));
    }
  }
}
