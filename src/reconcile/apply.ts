/** Makes changes, stage by stage. What this file sends has been decided elsewhere. */
import { InterruptedError, KeeperError } from '../errors.ts';
import type { Progress } from '../model/report.ts';
import { kindOf } from '../resource/index.ts';
import { sysctlPath } from '../resource/sysctl.ts';
import { type NetlinkRequest, type Request, type Stage, STAGES, type SysctlRequest } from '../resource/kind.ts';
import { inNetns } from '../sys/netns.ts';
import { writeSysctl } from '../sys/procfs.ts';
import { freshValue } from './fresh.ts';
import type { Change } from './diff.ts';
import type { Namespaces } from './namespaces.ts';
import type { RunSurroundings } from './surroundings.ts';

/** One request and the change that it is a part of. */
interface Job<R extends Request = Request> {
  readonly change: Change;
  readonly request: R;
}

/** A namespace to be made, with the settings to write before anything stands in it: paths below /proc/sys. */
export interface NewNamespace {
  readonly name: string;
  readonly sysctls: readonly (readonly [path: string, value: string])[];
}

/** Who carries out what netlink can't. */
export interface Keeping {
  /** Makes namespaces and takes hold of each in `namespaces`. */
  create(namespaces: readonly NewNamespace[]): void;
  /** Ends the processes of nodes and lets go of their namespaces. */
  drop(nodes: readonly string[]): void;
  /** Ends the PID 1 of nodes, and their processes with it. */
  restart(nodes: readonly string[]): void;
}

/** A change that could not be made, and why: for the caller to say where it was asked for and what was undone. */
export class ChangeFailure extends Error {
  readonly change: Change;

  constructor(change: Change, cause: unknown) {
    super('a change could not be made', { cause });
    this.change = change;
  }
}

export interface Run {
  readonly around: RunSurroundings;
  readonly namespaces: Namespaces;
  readonly keeping: Keeping;
  /** Changes of which at least one request was carried out, in the order in which they were begun: what is to be undone. */
  readonly journal: Set<Change>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Go on after a refusal: an undo does what it can. */
  readonly relentless?: boolean;
}

/** What every namespace of ours is given before it is shown to anyone. */
export const INITIAL_SYSCTLS: NewNamespace['sysctls'] = [
  // IPv6 is quiet until an interface has an IPv6 address; its link-local address is then made by us, usable at once.
  ['net/ipv6/conf/default/addr_gen_mode', '1'],
  // No autoconfiguration, and no router solicitations, unless asked for.
  ['net/ipv6/conf/default/accept_ra', '0'],
];

const WORDS: Readonly<Partial<Record<Stage, string>>> = {
  namespace: 'making namespaces',
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
  // What is made stands in namespaces, whose descriptors are known only when these are there.
  for (const collect of [outgoing, incoming]) {
    const jobs = collect(changes, run.around);
    for (const stage of STAGES) {
      const own = jobs.filter(({ request }) => request.stage === stage);
      for (const [failure, group] of perform(own, run)) {
        if (failure !== undefined && run.relentless !== true)
          throw new ChangeFailure(blamed(failure, changes, run), failure.error);
        await progress(stage, group);
      }
    }
  }
}

/** Lets signals and timers have their turn every 20 ms (everything else is synchronous), and tells how far the work is. */
function pacer(total: number, run: Run): (stage: Stage, changes: ReadonlySet<Change>) => Promise<void> {
  const begun = new Set<Change>();
  let yielded = performance.now();
  return async (stage, changes) => {
    for (const change of changes) begun.add(change);
    if (performance.now() - yielded < 20) return;
    run.onProgress?.({ step: WORDS[stage] ?? 'changing the network', done: begun.size, total });
    await new Promise((resolve) => setImmediate(resolve));
    yielded = performance.now();
    if (run.signal?.aborted === true) throw new InterruptedError();
  };
}

/** What goes, named by the indexes that links have now; and the namespaces that come. */
function outgoing(changes: readonly Change[], around: RunSurroundings): Job[] {
  return changes.flatMap((change) => {
    const { action, wanted, found } = change;
    const removed =
      found !== undefined && (action === 'remove' || action === 'replace') ? kindOf(found).remove(found, around) : [];
    const made = wanted?.kind === 'namespace' ? requests(change, around) : [];
    return [...removed, ...made].map((request) => ({ change, request }));
  });
}

/** What comes and what changes, named by the indexes that links will have. */
function incoming(changes: readonly Change[], around: RunSurroundings): Job[] {
  around.renew(changes);
  return changes
    .filter(({ wanted }) => wanted !== undefined && wanted.kind !== 'namespace')
    .flatMap((change) => requests(change, around).map((request) => ({ change, request })));
}

function requests({ action, wanted, found, differences }: Change, around: RunSurroundings): Request[] {
  if (wanted === undefined) return [];
  return action === 'update' && found !== undefined
    ? kindOf(wanted).update(wanted, found, differences, around)
    : kindOf(wanted).create(wanted, around);
}

interface Failure {
  readonly job: Job;
  readonly error: unknown;
}

/**
 * The change that a refusal is about. The keeper makes namespaces in order, each with its first settings: of those that shall be,
 * the first that is not held is the one that it could not make, and the error names the setting.
 */
function blamed({ job, error }: Failure, changes: readonly Change[], { namespaces }: Run): Change {
  if (job.request.via !== 'keeper' || !(error instanceof KeeperError)) return job.change;
  const missing = changes.find(({ wanted }) => wanted?.kind === 'namespace' && !namespaces.has(wanted.node));
  const setting = changes.find(
    ({ wanted }) =>
      wanted?.kind === 'sysctl' && wanted.node === missing?.wanted?.node && sysctlPath(wanted.key) === error.subject,
  );
  return setting ?? missing ?? job.change;
}

type Outcome = [failure: Failure | undefined, changes: ReadonlySet<Change>];

/** Carries out the jobs of one stage, one namespace after the other; yields after each. */
function* perform(jobs: readonly Job[], run: Run): Generator<Outcome> {
  const done = (own: readonly Job[]): ReadonlySet<Change> => new Set(own.map(({ change }) => change));
  const keeper = jobs.filter(({ request }) => request.via === 'keeper');
  if (keeper.length > 0) yield [attempt(keeper, () => keep(keeper, run), run), done(keeper)];

  for (const [node, own] of byNode(jobs, 'sysctl')) {
    yield [writeSysctls(node, own, run), done(own)];
  }
  for (const via of ['netfilter', 'route'] as const) {
    for (const [node, own] of byNode(jobs, via)) yield [send(via, node, own, run), done(own)];
  }
}

function byNode<V extends Request['via']>(
  jobs: readonly Job[],
  via: V,
): Map<string | null, Job<Extract<Request, { via: V }>>[]> {
  const groups = new Map<string | null, Job<Extract<Request, { via: V }>>[]>();
  for (const job of jobs) {
    if (job.request.via !== via) continue;
    const own = groups.get(job.request.node);
    const narrowed = job as Job<Extract<Request, { via: V }>>;
    if (own === undefined) groups.set(job.request.node, [narrowed]);
    else own.push(narrowed);
  }
  return groups;
}

function attempt(jobs: readonly Job[], action: () => void, run: Run): Failure | undefined {
  // Noted before: a request that failed half-way is undone like one that succeeded.
  for (const { change } of jobs) run.journal.add(change);
  try {
    action();
    return undefined;
  } catch (error) {
    return { job: jobs[0]!, error };
  }
}

function keep(jobs: readonly Job[], { keeping, around }: Run): void {
  const dropped: string[] = [];
  const restarted: string[] = [];
  const created: NewNamespace[] = [];
  for (const { request } of jobs) {
    if (request.via !== 'keeper') continue;
    if (request.operation === 'drop') dropped.push(request.node);
    else if (request.operation === 'restart') restarted.push(request.node);
    else created.push({ name: request.node, sysctls: [...INITIAL_SYSCTLS, ...around.initialSysctls(request.node)] });
  }
  if (restarted.length > 0) keeping.restart(restarted);
  if (dropped.length > 0) keeping.drop(dropped);
  if (created.length > 0) keeping.create(created);
}

function writeSysctls(node: string | null, jobs: readonly Job<SysctlRequest>[], run: Run): Failure | undefined {
  if (node === null) return undefined;
  const values = jobs.map((job) => ({ job, path: sysctlPath(job.request.key), value: job.request.value }));
  const fresh = values.map(({ path, value }) => value ?? freshValue(path));
  return inNetns(run.namespaces.fd(node), () => {
    for (const [i, { job, path }] of values.entries()) {
      const value = fresh[i];
      if (value === undefined) continue;
      run.journal.add(job.change);
      try {
        writeSysctl(path, value);
      } catch (error) {
        return { job, error };
      }
    }
    return undefined;
  });
}

function send(
  via: 'route' | 'netfilter',
  node: string | null,
  jobs: readonly Job<NetlinkRequest>[],
  { namespaces, journal }: Run,
): Failure | undefined {
  const batch =
    via === 'route'
      ? namespaces.route(node).batch<Job<NetlinkRequest>>()
      : namespaces.netfilter(node!).nftBatch<Job<NetlinkRequest>>();
  for (const job of jobs) {
    journal.add(job.change);
    job.request.add(batch, job);
  }
  for (const { tag, error } of batch.send()) {
    if (tag.request.accept?.includes(error.errno) !== true) return { job: tag, error };
  }
  return undefined;
}
