/** The programs of a lab, singly: which PID 1 runs them, how they are started, ended and asked. */
import { resolve } from 'node:path';
import { constants } from 'node:os';
import { setTimeout } from 'node:timers/promises';

import { InterruptedError } from '../errors.ts';
import type { Surroundings } from '../model/namespace.ts';
import type { Process } from '../model/resource.ts';
import { makeProcessGroups, groupsToJoin } from '../process/cgroup/node-groups.ts';
import { removeProcessGroups } from '../process/cgroup/removal.ts';
import { watchRecords } from '../process/cgroup/counters.ts';
import type { Place } from '../process/conditions.ts';
import { confineRecords } from '../process/confinement.ts';
import { namespaceRecords } from '../process/program-namespaces.ts';
import type { Keep, ProgramStart, Programs, ProgramStatus } from '../process/program.ts';
import { programMaps, rootOf } from '../process/user-namespace.ts';
import { waitReady } from '../process/ready.ts';
import { logPath, netnsPath } from '../state/paths.ts';
import { firstClosed } from '../sys/open-folder.ts';
import { homeOf } from '../topology/home.ts';
import { digest } from './observe.ts';
import type { Session } from './session.ts';

/** A process by its name. */
export type ProcessName = Pick<Process, 'node' | 'name'>;

/** What a lab's programs are started from. */
export interface Launch {
  readonly session: Session;
  /** The topology's file; `-` for standard input. */
  readonly file: string;
  readonly node: (name: string) => LaunchNode | undefined;
}

/** What of a node matters to the programs that are started in it. */
export type LaunchNode = Surroundings;

/** Calls `use` with whoever runs a node's processes: its PID 1, or the keeper for a node without one. */
export function withSupervisor<T>(session: Session, node: string, use: (programs: Programs, prefix: string) => T): T {
  const init = session.init(node);
  if (init === undefined) return use(session.keeper, `${node}/`);
  try {
    return use(init, '');
  } finally {
    init.close();
  }
}

/** The environment of everything that a node runs: the caller's PATH, who one is, and where. */
export function environment(
  { session, node: known }: Pick<Launch, 'session' | 'node'>,
  node: string,
): Record<string, string> {
  const { hostname, rootfs } = known(node) ?? {};
  return {
    // Where a node's own root has its programs, the caller's PATH does not say.
    PATH: (rootfs === undefined ? process.env['PATH'] : undefined) ?? DEFAULT_PATH,
    HOSTNAME: hostname ?? node,
    NETLAB_LAB: session.lab,
    NETLAB_NODE: node,
    ...rootfs?.config?.env,
  };
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Who a program of root's is. For another user netlab-init adds what the node's /etc/passwd says. */
export function rootEnvironment(node: LaunchNode | undefined): Record<string, string> {
  const home = node?.rootfs === undefined ? (process.env['HOME'] ?? '/') : '/root';
  return { HOME: home, USER: 'root', LOGNAME: 'root' };
}

/**
 * Where a program starts: in the folder of the topology, which a root of the node's own does not have, or in that of its image. Another
 * user, and the root of a user namespace, may go there only if everybody may.
 */
export function folderOf(
  { file, node: known }: Pick<Launch, 'file' | 'node'>,
  { node, cwd, user, isolation: own = [], share = {} }: Pick<Process, 'node' | 'cwd' | 'user' | 'isolation' | 'share'>,
): string {
  const { rootfs, isolation = [] } = known(node) ?? {};
  const apart =
    [...isolation, ...own].includes('user') ||
    share.user !== undefined ||
    (user !== undefined && !/^(?:root|0)(?::|$)/.test(user));
  if (rootfs !== undefined) return resolve('/', rootfs.config?.workdir ?? '', cwd ?? '');
  const home = homeOf(file);
  if (cwd === undefined && apart && firstClosed(home) !== undefined) return '/';
  return resolve(home, cwd ?? '');
}

/** A process as its supervisor is asked for it, by the name that it has there. */
export function program(how: Launch, wanted: Process, called: string): ProgramStart {
  const { node, name, command, env, user, confinement } = wanted;
  return {
    name: called,
    digest: digest(wanted),
    command,
    env: { ...environment(how, node), ...(user === undefined ? rootEnvironment(how.node(node)) : {}), ...env },
    cwd: folderOf(how, wanted),
    ...(user === undefined ? {} : { user }),
    log: `${node}/${name}.log`,
    keep: keepOf(wanted),
    confine: confineRecords(confinement, how.node(node)?.confinement),
    namespaces: namespaceRecords(wanted, programMaps(wanted, how.node(node) ?? { isolation: [] })),
    ...(called === name ? {} : { node }),
    groups: groupsOf(how, wanted),
  };
}

/** The control groups of a process that is about to start, brought in line with what it may use: none where neither it nor its node is bounded. */
export function groupsOf({ session, node: known }: Pick<Launch, 'session' | 'node'>, wanted: Process): string[] {
  const { node, name, limits = {} } = wanted;
  const shape = known(node);
  const owner = shape === undefined ? {} : { owner: rootOf(shape) };
  const groups = makeProcessGroups(session.lab, node, shape?.limits ?? {}, { process: name, limits, ...owner });
  if (groups.length > 0) session.keeper.watch(watchRecords(session.lab, node, name));
  return groups;
}

/** What its PID 1 does of itself with a process. */
export function keepOf({ restart, stop }: Pick<Process, 'restart' | 'stop'>): Keep {
  const signal = constants.signals[`SIG${stop.signal}` as NodeJS.Signals];
  return { restart, signal, graceMs: stop.timeoutMs };
}

/** Where a process is asked whether it is ready. */
export function placeOfProcess(session: Session, { node, name }: ProcessName): Place {
  const netns = netnsPath(session.lab, node);
  const init = session.init(node);
  const target = init?.target ?? { netns };
  const pid = init?.pid;
  init?.close();
  return {
    netns,
    target,
    groups: groupsToJoin(session.lab, node),
    root: `/proc/${pid ?? session.keeper.pid}/root`,
    log: logPath(session.lab, node, name),
  };
}

/** Waits until a process is ready, if it says when that is. Throws ProcessError and InterruptedError. */
export async function whenReady(session: Session, wanted: Process, signal?: AbortSignal): Promise<void> {
  const { node, name, ready } = wanted;
  if (ready === undefined) return;
  await waitReady(ready, {
    ...placeOfProcess(session, wanted),
    process: `${node}/${name}`,
    status: () => programStatus(session, wanted),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What its supervisor says of one process. */
function programStatus(session: Session, { node, name }: ProcessName): ProgramStatus | undefined {
  return withSupervisor(session, node, (programs, prefix) =>
    programs.status().find((program) => program.name === `${prefix}${name}`),
  );
}

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;

/**
 * Ends processes, all at once, each by its own signal and in its own time, and returns when they have. The event loop goes on
 * meanwhile. Those that never ran are passed over. Throws InterruptedError; they end all the same.
 */
export async function endPrograms(
  session: Session,
  processes: readonly ProcessName[],
  signal?: AbortSignal,
): Promise<void> {
  const byNode = new Map<string, Set<string>>();
  for (const { node, name } of processes) byNode.set(node, (byNode.get(node) ?? new Set()).add(name));
  // Who is frozen hears no signal.
  session.thaw([...byNode.keys()]);
  for (const [node, names] of byNode) {
    withSupervisor(session, node, (programs, prefix) => {
      const known = new Set(programs.status().map(({ name }) => name));
      programs.finish([...names].map((name) => `${prefix}${name}`).filter((name) => known.has(name)));
    });
  }
  // SIGKILL comes from their PID 1, each in its own time: who runs is being waited for.
  for (let pause = FIRST_PAUSE_MS; byNode.size > 0; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    for (const [node, names] of byNode) {
      const left = withSupervisor(session, node, (programs, prefix) =>
        programs
          .status()
          .filter(
            ({ name, state }) => state === 'running' && name.startsWith(prefix) && names.has(name.slice(prefix.length)),
          ),
      );
      if (left.length === 0) byNode.delete(node);
    }
    if (byNode.size > 0) await setTimeout(pause);
    if (signal?.aborted === true) throw new InterruptedError();
  }
}

/** Forgets that programs were. */
export function forgetPrograms(session: Session, processes: readonly ProcessName[]): void {
  for (const { node, name } of processes) {
    withSupervisor(session, node, (programs, prefix) => programs.forget([`${prefix}${name}`]));
    removeProcessGroups(session.lab, node, name);
  }
}
