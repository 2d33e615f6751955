/** The processes of a lab: which node's PID 1 runs them, and in which order they come. */
import { dirname, resolve } from 'node:path';
import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';

import { ApplyError, InterruptedError } from '../errors.ts';
import type { Process } from '../model/resource.ts';
import type { ProgramStart, Programs, ProgramStatus } from '../process/program.ts';
import { waitReady } from '../process/ready.ts';
import type { Change } from '../reconcile/diff.ts';
import { describe } from '../resource/index.ts';
import { labPaths, logPath, netnsPath } from '../state/paths.ts';
import { placeOf } from './changes.ts';
import { startInits } from './init.ts';
import { digest } from './observe.ts';
import type { Session } from './session.ts';
import type { Work } from './up.ts';

/** How long a process that shall go is given after SIGTERM. */
const GRACE_MS = 2_000;

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

/** Ends the processes that go or change: all of a node at once, with SIGTERM and, after two seconds, SIGKILL. */
export function stopProcesses(session: Session, changes: readonly Change[], journal: Set<Change>): void {
  const found: Process[] = [];
  for (const change of changes) {
    if (change.found?.kind !== 'process') continue;
    journal.add(change);
    found.push(change.found);
  }
  endProcesses(session, found);
}

/** Ends processes and forgets that they were. */
export function endProcesses(session: Session, processes: readonly Pick<Process, 'node' | 'name'>[]): void {
  const byNode = new Map<string, string[]>();
  for (const { node, name } of processes) byNode.set(node, [...(byNode.get(node) ?? []), name]);
  for (const [node, names] of byNode) {
    withSupervisor(session, node, (programs, prefix) => {
      const own = names.map((name) => `${prefix}${name}`);
      programs.stop(own, constants.signals.SIGTERM, GRACE_MS);
      programs.forget(own);
    });
  }
}

/** Starts processes, each when those that it comes after are ready, and waits until all are. Throws ApplyError. */
export async function startProcesses(work: Work, changes: readonly Change[]): Promise<void> {
  const { session, model, journal, options } = work;
  const shapes = new Map(
    work.wanted.flatMap((each) =>
      each.kind === 'namespace'
        ? [
            [
              each.node,
              {
                name: each.node,
                hostname: each.hostname,
                isolation: each.isolation,
                ...(each.internet === undefined ? {} : { internet: each.internet }),
              },
            ] as const,
          ]
        : [],
    ),
  );
  const nodes = new Set(changes.flatMap(({ wanted }) => (wanted === undefined ? [] : [wanted.node])));
  for (const node of nodes) mkdirSync(`${labPaths(model.name).logs}/${node}`, { recursive: true, mode: 0o755 });
  startInits(
    session.keeper,
    [...nodes].flatMap((node) => shapes.get(node) ?? []),
  );

  const changed = new Map(changes.map((change) => [keyOf(change), change]));
  const ready = new Map<string, Promise<void>>();
  const failed = new AbortController();
  options.signal?.addEventListener('abort', () => failed.abort(), { once: true });
  let done = 0;
  const start = (name: string): Promise<void> => {
    const known = ready.get(name);
    if (known !== undefined) return known;
    const change = changed.get(name);
    const wanted = change?.wanted;
    // One that runs already, unchanged, was ready when it was started.
    const promise = change === undefined || wanted?.kind !== 'process' ? Promise.resolve() : begin(change, wanted);
    ready.set(name, promise);
    return promise;
  };
  const begin = async (change: Change, wanted: Process): Promise<void> => {
    await Promise.all(wanted.after.map(start));
    journal.add(change);
    if (failed.signal.aborted) throw new InterruptedError();
    try {
      launch(work, wanted);
      await whenReady(work, wanted, failed.signal);
    } catch (error) {
      // The others need not become ready any more.
      failed.abort();
      if (error instanceof InterruptedError) throw error;
      throw new ApplyError(`start ${describe(wanted)}`, placeOf(change, model), 'kept', error);
    }
    options.onProgress?.({ step: 'starting processes', done: ++done, total: changed.size });
  };
  const outcomes = await Promise.allSettled([...changed.keys()].map(start));
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (reasons.length > 0) throw reasons.find((reason) => !(reason instanceof InterruptedError)) ?? reasons[0];
}

function keyOf({ wanted, found }: Change): string {
  const process = wanted ?? found;
  return process?.kind === 'process' ? `${process.node}/${process.name}` : '';
}

/** Starts one process, and does not wait for anything but its execve. Throws KeeperError. */
export function launch(work: Pick<Work, 'session' | 'model'>, wanted: Process): void {
  const { session, model } = work;
  const results = withSupervisor(session, wanted.node, (programs, prefix) => {
    const name = `${prefix}${wanted.name}`;
    // One that has ended leaves its name behind.
    if (programs.status().some((program) => program.name === name && program.state === 'exited'))
      programs.forget([name]);
    return programs.start([program(wanted, name, prefix !== '', model.name, model.file)]);
  });
  for (const result of results.values()) if ('error' in result) throw result.error;
}

function program(wanted: Process, name: string, inKeeper: boolean, lab: string, file: string): ProgramStart {
  const { node, command, env, cwd } = wanted;
  // Beside its file a topology finds its scripts, whatever folder `up` was called in.
  const folder = file === '-' ? process.cwd() : dirname(resolve(file));
  return {
    name,
    digest: digest(wanted),
    command,
    env: {
      PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: process.env['HOME'] ?? '/',
      HOSTNAME: node,
      NETLAB_LAB: lab,
      NETLAB_NODE: node,
      ...env,
    },
    cwd: cwd === undefined ? folder : resolve(folder, cwd),
    log: `${node}/${wanted.name}.log`,
    ...(inKeeper ? { node } : {}),
  };
}

async function whenReady({ session, model }: Work, wanted: Process, signal: AbortSignal): Promise<void> {
  const { node, name, ready } = wanted;
  if (ready === undefined) return;
  const netns = netnsPath(model.name, node);
  const init = session.init(node);
  const target = init === undefined ? { netns } : { pid: init.pid };
  init?.close();
  await waitReady(ready, {
    process: `${node}/${name}`,
    netns,
    target,
    log: logPath(model.name, node, name),
    status: () => programStatus(session, node, name),
    signal,
  });
}

/** What its supervisor says of one process. */
function programStatus(session: Session, node: string, name: string): ProgramStatus | undefined {
  return withSupervisor(session, node, (programs, prefix) =>
    programs.status().find((program) => program.name === `${prefix}${name}`),
  );
}
