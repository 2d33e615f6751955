/** `start`, `stop` and `restart`: the processes of a node that runs, by hand. What they are, the last `up` has written down. */
import { LabError, ProcessError } from '../errors.ts';
import { type Choice, splitProcess } from '../model/process.ts';
import type { Process } from '../model/resource.ts';
import type { ProcessChange } from '../model/report.ts';
import { rootOf } from '../process/user-namespace.ts';
import { lockLab } from '../state/lock.ts';
import { type LabRecord, readRecord } from '../state/record.ts';
import { sharersOf } from '../reconcile/sharers.ts';
import { findPrograms } from './observe.ts';
import { startInits } from './init.ts';
import { makeLogFolder } from './log-files.ts';
import { requireNamespaces } from './privilege.ts';
import { inOrder, nameOf } from './processes.ts';
import { launch } from './launches.ts';
import { endPrograms, whenReady } from './programs.ts';
import { Session } from './session.ts';
import { noNode, noProcess, requireRunning } from './unknown.ts';

/** What can be done with processes. */
export type ProcessVerb = 'start' | 'stop' | 'restart';

export interface ControlOptions {
  /** Stops waiting for readiness; what has been started stays. */
  readonly signal?: AbortSignal;
  readonly onWait?: (holder: string) => void;
}

/**
 * Starts, stops or restarts processes, and returns what became of each. Starting waits until they are ready, in the order that
 * `after` gives to those chosen. One that runs already, or doesn't, stays as it is. What shares namespaces of one that is stopped or
 * restarted goes along.
 * @throws LabError when there is no such lab, node or process; ProcessError when one does not start or become ready.
 */
export async function controlProcesses(
  lab: string,
  verb: ProcessVerb,
  choices: readonly Choice[],
  options: ControlOptions = {},
): Promise<ProcessChange[]> {
  requireNamespaces(`to ${verb} processes`);
  requireRunning(lab);
  const lock = await lockLab(lab, options);
  try {
    using session = Session.open(lab);
    const record = readRecord(lab, session?.keeper.pid);
    if (session === undefined || record === undefined) throw new LabError(`the lab ${lab} does not run`);
    session.mendFiles();
    return await carryOut(session, record, verb, choose(record, choices), options);
  } finally {
    lock.release();
  }
}

async function carryOut(
  session: Session,
  record: LabRecord,
  verb: ProcessVerb,
  chosen: readonly Process[],
  { signal }: ControlOptions,
): Promise<ProcessChange[]> {
  const live = new Set(
    findPrograms(session).flatMap(({ node, program: { name, state } }) =>
      state === 'running' || state === 'restarting' ? [nameOf({ node, name })] : [],
    ),
  );
  const isChosen = new Set(chosen.map(nameOf));
  const along =
    verb === 'start'
      ? []
      : sharersOf(isChosen, processesOf(record)).filter(({ node, name }) => live.has(nameOf({ node, name })));
  const runs = (process: Process): boolean => live.has(nameOf(process));
  if (verb !== 'start') await endPrograms(session, [...chosen.filter(runs), ...along], signal);
  const starting =
    verb === 'stop' ? [] : [...chosen, ...along].filter((process) => verb === 'restart' || !runs(process));
  await startAll(session, record, starting, signal);
  return [...chosen, ...along].map((process): ProcessChange => {
    const { node, name } = process;
    const was = runs(process);
    const did =
      verb === 'stop' ? (was ? 'stopped' : 'none') : verb === 'start' && was ? 'none' : was ? 'restarted' : 'started';
    return { node, process: name, did };
  });
}

async function startAll(
  session: Session,
  record: LabRecord,
  processes: readonly Process[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const nodes = new Set(processes.map(({ node }) => node));
  const shapes = [...nodes].map((name) => ({ name, ...record.nodes[name]! }));
  session.thaw([...nodes]);
  for (const shape of shapes) makeLogFolder(session.lab, shape.name, rootOf(shape));
  startInits(session.keeper, session.lab, shapes);
  const how = { session, file: record.file, node: (name: string) => record.nodes[name] };
  await inOrder(processes, async (process) => {
    try {
      launch(how, process);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new ProcessError(nameOf(process), `could not be started: ${error.message}`);
    }
    await whenReady(session, process, signal);
  });
}

function processesOf(record: LabRecord): Process[] {
  return Object.entries(record.processes).map(([id, said]): Process => {
    const { node, process: name = '' } = splitProcess(id);
    return { ...said, kind: 'process', node, name };
  });
}

/** The processes that are meant, as the record has them. */
function choose(record: LabRecord, choices: readonly Choice[]): Process[] {
  const all = processesOf(record);
  const chosen = new Set<Process>();
  for (const { node, process } of choices) {
    const ofNode = all.filter((each) => each.node === node);
    const own = process === undefined ? ofNode : ofNode.filter(({ name }) => name === process);
    if (own.length === 0) throw missing(record, node, process, ofNode);
    for (const each of own) chosen.add(each);
  }
  return [...chosen];
}

function missing(record: LabRecord, node: string, process: string | undefined, own: readonly Process[]): LabError {
  const nodes = Object.keys(record.nodes);
  if (!nodes.includes(node)) return noNode(record.lab, node, nodes);
  const names = own.map(({ name }) => name);
  if (process === undefined || names.length === 0)
    return new LabError(`the node ${node} has no processes in its topology`);
  return noProcess(record.lab, node, process, names);
}
