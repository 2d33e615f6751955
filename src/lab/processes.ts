/** The processes of a lab: which go, which come, in which order, and which merely change what is done about them. */
import { setMaxListeners } from 'node:events';

import { ApplyError, InterruptedError } from '../errors.ts';
import type { Process, Resource } from '../model/resource.ts';
import { rootOf } from '../process/user-namespace.ts';
import type { Change } from '../reconcile/diff.ts';
import { describe } from '../resource/index.ts';
import { isInPlace } from '../resource/process.ts';
import { placeOf } from './changes.ts';
import { explainCrowd } from './crowd.ts';
import { boundProcess } from './groups.ts';
import { type NodeShape, sendInits, shapeOf, startInits } from './init.ts';
import { boundLogs, makeLogFolder } from './log-files.ts';
import { Launches } from './launches.ts';
import {
  endPrograms,
  forgetPrograms,
  keepOf,
  type Launch,
  type ProcessName,
  whenReady,
  withSupervisor,
} from './programs.ts';
import type { Session } from './session.ts';
import type { Work } from './up.ts';

/** What programs are started from in an `up`. */
export function launchOf({ session, model, wanted }: Pick<Work, 'session' | 'model' | 'wanted'>): Launch {
  const nodes = new Map(wanted.flatMap((each) => (each.kind === 'namespace' ? [[each.node, each]] : [])));
  return { session, file: model.file, node: (name) => nodes.get(name) };
}

/** Whether a process goes on running through its change, which concerns those who watch over it alone. */
export function goesOn({ action, differences }: Change): boolean {
  return action === 'update' && isInPlace(differences);
}

/** Ends the processes that go or start anew, all at once, each by its own signal and in its own time. */
export async function stopProcesses(
  { session, journal, options }: Pick<Work, 'session' | 'journal' | 'options'>,
  changes: readonly Change[],
): Promise<void> {
  const found: Process[] = [];
  for (const change of changes) {
    if (change.found?.kind !== 'process' || goesOn(change)) continue;
    journal.add(change);
    found.push(change.found);
  }
  await endProcesses(session, found, options.signal);
}

/** Ends processes and forgets that they were. */
export async function endProcesses(
  session: Session,
  processes: readonly ProcessName[],
  signal?: AbortSignal,
): Promise<void> {
  await endPrograms(session, processes, signal);
  forgetPrograms(session, processes);
}

/** Starts processes, each when those that it comes after are ready, and waits until all are. Throws ApplyError. */
export async function startProcesses(work: Work, changes: readonly Change[]): Promise<void> {
  const { session, model, journal, options } = work;
  const nodes = new Set(changes.flatMap(({ wanted }) => (wanted === undefined ? [] : [wanted.node])));
  prepareNodes(work, nodes);
  const how = launchOf(work);
  const launches = new Launches(how);
  const changed = new Map(
    changes.flatMap((change) =>
      change.wanted?.kind === 'process' ? [[nameOf(change.wanted), { change, wanted: change.wanted }] as const] : [],
    ),
  );
  const failed = new AbortController();
  // Each process that is waited for listens.
  setMaxListeners(0, failed.signal);
  options.signal?.addEventListener('abort', () => failed.abort(), { once: true });
  let done = 0;
  await inOrder(
    [...changed.values()].map(({ wanted }) => wanted),
    async (wanted) => {
      const { change } = changed.get(nameOf(wanted))!;
      journal.add(change);
      if (failed.signal.aborted) throw new InterruptedError();
      try {
        if (goesOn(change)) goOn(how, wanted);
        else await launches.launch(wanted);
        const asks = !goesOn(change) || change.differences.some(({ field }) => field === 'ready');
        if (asks) await whenReady(session, wanted, failed.signal);
      } catch (error) {
        // The others need not become ready any more.
        failed.abort();
        if (error instanceof InterruptedError) throw error;
        const why = explainCrowd(error, session.lab, wanted);
        throw new ApplyError(`start ${describe(wanted)}`, placeOf(change, model), 'kept', why);
      }
      options.onProgress?.({ step: 'starting processes', done: ++done, total: changed.size });
    },
  );
}

/** Other bounds, and another policy, for a process that goes on. */
function goOn(how: Launch, process: Process): void {
  boundProcess(how.session, process, how.node(process.node));
  boundLogs(how.session, [process]);
  keep(how.session, process);
}

/** Tells PID 1 what it shall do from now on about a process that goes on. */
export function keep(session: Session, process: Process): void {
  withSupervisor(session, process.node, (programs, prefix) =>
    programs.keep(`${prefix}${process.name}`, keepOf(process)),
  );
}

/** Nodes that are new or changed, and that the machine may refuse when their PID 1 starts: by what is mounted there, or by its bounds. */
export function nodesToFurnish(changes: readonly Change[]): string[] {
  return changes.flatMap(({ action, wanted }) => {
    if (action === 'remove' || wanted?.kind !== 'namespace') return [];
    const { mounts, rootfs, limits } = wanted;
    return mounts === undefined && rootfs === undefined && limits === undefined ? [] : [wanted.node];
  });
}

/** Starts the PID 1s in which something is going to happen, and makes the folders of their logs. */
export function prepareNodes({ session, wanted }: Pick<Work, 'session' | 'wanted'>, nodes: ReadonlySet<string>): void {
  if (nodes.size === 0) return;
  const shapes = shapesOf(wanted, nodes);
  for (const shape of shapes) makeLogFolder(session.lab, shape.name, rootOf(shape));
  startInits(session.keeper, session.lab, shapes);
}

/**
 * Has the keeper of a new lab start the PID 1s of nodes with processes while this process looks at the network: all but those that need
 * more than that, files and roots. {@link prepareNodes} waits for them; nothing else may be asked of the keeper before.
 */
export function beginNodes({ session, wanted }: Pick<Work, 'session' | 'wanted'>): void {
  const nodes = new Set(wanted.flatMap((each) => (each.kind === 'process' ? [each.node] : [])));
  for (const each of wanted)
    if (each.kind === 'file' || (each.kind === 'namespace' && each.rootfs !== undefined)) nodes.delete(each.node);
  if (nodes.size > 0) sendInits(session.keeper, session.lab, shapesOf(wanted, nodes));
}

function shapesOf(wanted: readonly Resource[], nodes: ReadonlySet<string>): NodeShape[] {
  return wanted.flatMap((each) => (each.kind === 'namespace' && nodes.has(each.node) ? [shapeOf(each)] : []));
}

/** `node/process`. */
export function nameOf({ node, name }: ProcessName): string {
  return `${node}/${name}`;
}

/**
 * Calls `act` for each process as soon as it has resolved for all of these that it comes after; one that is not among them
 * runs already, and was ready when it was started. Throws the first failure when all have settled, an interruption last.
 */
export async function inOrder(processes: readonly Process[], act: (process: Process) => Promise<void>): Promise<void> {
  const byName = new Map(processes.map((each) => [nameOf(each), each]));
  const begun = new Map<string, Promise<void>>();
  const begin = (name: string): Promise<void> => {
    const known = begun.get(name);
    if (known !== undefined) return known;
    const process = byName.get(name);
    const promise =
      process === undefined ? Promise.resolve() : Promise.all(process.after.map(begin)).then(() => act(process));
    begun.set(name, promise);
    return promise;
  };
  const outcomes = await Promise.allSettled([...byName.keys()].map(begin));
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (reasons.length > 0) throw reasons.find((reason) => !(reason instanceof InterruptedError)) ?? reasons[0];
}
