/** Makes changes, stage by stage. What this file sends has been decided elsewhere. */
import { InterruptedError, KeeperError } from '../errors.ts';
import type { Path } from '../model/place.ts';
import { kindOf } from '../resource/index.ts';
import { type Stage, STAGES } from '../resource/kind.ts';
import { sysctlPath } from '../resource/sysctl.ts';
import type { Change } from './diff.ts';
import { make } from './make.ts';
import { newNamespaces } from './new-namespaces.ts';
import { type Parcel, perform, post } from './perform.ts';
import { type Failure, type Job, jobsOf, type Run } from './run.ts';

/** A change that could not be made, and why: for the caller to say where it was asked for and what was undone. */
export class ChangeFailure extends Error {
  readonly change: Change;
  /** Where the file asks for the part of it that was refused, when that can be told from the whole. */
  readonly at: Path | undefined;

  constructor(change: Change, cause: unknown, at?: Path) {
    super('a change could not be made', { cause });
    this.change = change;
    this.at = at;
  }
}

const WORDS: Readonly<Partial<Record<Stage, string>>> = {
  pair: 'making links',
  configure: 'configuring links, addresses and routes',
  bridge: 'raising bridges',
};

/**
 * Carries out changes to the network, in the order given within a stage.
 * @throws ChangeFailure at the first refusal; InterruptedError between two namespaces. Undoing is the caller's.
 */
export async function applyNetwork(changes: readonly Change[], run: Run): Promise<void> {
  const progress = pacer(changes.length, run);
  const done = async (stage: Stage, failure: Failure | undefined): Promise<void> => {
    if (failure !== undefined && run.relentless !== true) throw explain(failure, changes, run);
    await progress(stage);
  };
  const carryOut = async (jobs: readonly Job[], parcels: readonly Parcel[] = []): Promise<void> => {
    const stages = new Map<Stage, Job[]>(STAGES.map((stage) => [stage, []]));
    for (const job of jobs) stages.get(job.request.stage)!.push(job);
    for (const [stage, own] of stages) {
      if (stage === 'configure') for (const parcel of parcels) await done(stage, post(parcel, run));
      for (const failure of perform(own, run)) await done(stage, failure);
    }
  };
  await carryOut(outgoing(changes, run));
  // What goes was named by the indexes that links have; what comes is named by those that they will have.
  run.around.renew(changes);
  const { jobs, parcels, failure } = make(changes, run);
  if (failure !== undefined && run.relentless !== true) throw explain(failure, changes, run);
  await carryOut(jobs, parcels);
}

/** Removes what goes, at once: for the middle of a run, in which nobody else can have a turn. What is refused is left. */
export function removeNow(changes: readonly Change[], run: Run): void {
  const jobs = outgoing(changes, run);
  for (const stage of STAGES) {
    const own = jobs.filter(({ request }) => request.stage === stage);
    // Whoever asks for this looks afterwards what is left.
    for (const _ of perform(own, run));
  }
}

/** Lets signals and timers have their turn every 20 ms (everything else is synchronous), and tells how far the work is. */
function pacer(total: number, run: Run): (stage: Stage) => Promise<void> {
  const before = run.journal.size;
  let yielded = performance.now();
  return async (stage) => {
    if (performance.now() - yielded < 20) return;
    run.onProgress?.({ step: WORDS[stage] ?? 'changing the network', done: run.journal.size - before, total });
    await new Promise((resolve) => setImmediate(resolve));
    yielded = performance.now();
    if (run.signal?.aborted === true) throw new InterruptedError();
  };
}

/** What goes, and the nodes that start anew. */
function outgoing(changes: readonly Change[], { around }: Run): Job[] {
  const jobs: Job[] = [];
  for (const change of changes) {
    const { action, wanted, found } = change;
    if (found !== undefined && (action === 'remove' || action === 'replace')) {
      for (const request of kindOf(found).remove(found, around)) jobs.push({ change, request });
    } else if (wanted?.kind === 'namespace' && action === 'update') jobs.push(...jobsOf(change, around));
  }
  return jobs;
}

/**
 * The change that a refusal is about. The keeper makes namespaces in order, each with its first settings: of those that shall be,
 * the first that is not held is the one that it could not make, and the error names the setting.
 */
function explain({ job, error }: Failure, changes: readonly Change[], { namespaces }: Run): ChangeFailure {
  if (job.request.via !== 'keeper' || !(error instanceof KeeperError)) {
    return new ChangeFailure(job.change, error, 'at' in job.request ? job.request.at : undefined);
  }
  const coming = newNamespaces(changes.flatMap(({ wanted }) => wanted ?? []));
  const name = coming.find((each) => !namespaces.has(each.name))?.name;
  const missing = changes.find(({ wanted }) => wanted?.kind === 'namespace' && wanted.node === name);
  const setting = changes.find(
    ({ wanted }) =>
      wanted?.kind === 'sysctl' && wanted.node === missing?.wanted?.node && sysctlPath(wanted.key) === error.subject,
  );
  return new ChangeFailure(setting ?? missing ?? job.change, error);
}
