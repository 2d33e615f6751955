/** Carries out requests, one namespace after the other: netlink batches, settings, and what the keeper does. */
import { SystemError } from '../errors.ts';
import { groupBy } from '../model/group-by.ts';
import type { Batch } from '../netlink/socket.ts';
import type { NetlinkRequest, Request, SysctlRequest } from '../resource/kind.ts';
import { generalKey, switchesOf, sysctlPath } from '../resource/sysctl.ts';
import { inNetns } from '../sys/netns.ts';
import { readSysctl, writeSysctl } from '../sys/procfs.ts';
import { freshValue } from './fresh.ts';
import { loadNftText } from './nft-text.ts';
import type { Failure, Job, Run } from './run.ts';

/** Carries out the jobs of one stage, one namespace after the other; yields after each what failed in it. */
export function* perform(jobs: readonly Job[], run: Run): Generator<Failure | undefined> {
  const keeper = jobs.filter(({ request }) => request.via === 'keeper');
  if (keeper.length > 0) yield attempt(keeper, () => keep(keeper, run), run);

  for (const [node, own] of byNode(jobs, 'sysctl')) yield writeSysctls(node, own, run);
  for (const via of ['netfilter', 'route'] as const) {
    for (const [node, own] of byNode(jobs, via)) yield send(via, node, own, run);
  }
  for (const [, own] of byNode(jobs, 'nft')) {
    const load = (): void => own.forEach(({ request }) => loadNftText(request, run.namespaces));
    yield attempt(own, load, run);
  }
}

function byNode<V extends Request['via']>(
  jobs: readonly Job[],
  via: V,
): Map<string | null, Job<Extract<Request, { via: V }>>[]> {
  const ours = jobs.filter((job): job is Job<Extract<Request, { via: V }>> => job.request.via === via);
  return groupBy(ours, ({ request }) => request.node);
}

/** Does `action` for `jobs`; what it throws is the failure of the first. */
export function attempt(jobs: readonly Job[], action: () => void, run: Run): Failure | undefined {
  // Noted before: a request that failed half-way is undone like one that succeeded.
  for (const { change } of jobs) run.journal.add(change);
  try {
    action();
    return undefined;
  } catch (error) {
    return { job: jobs[0]!, error };
  }
}

function keep(jobs: readonly Job[], { keeping }: Run): void {
  const requests = jobs.flatMap(({ request }) => (request.via === 'keeper' ? [request] : []));
  const nodes = (operation: 'drop' | 'name' | 'restart' | 'thaw'): string[] =>
    requests.flatMap((request) => (request.operation === operation ? [request.node] : []));
  const [named, restarted, dropped] = [nodes('name'), nodes('restart'), nodes('drop')];
  if (named.length > 0) keeping.name(named);
  const thawed = nodes('thaw');
  if (thawed.length > 0) keeping.thaw(thawed);
  for (const { operation, wanted, found } of requests)
    if (operation === 'furnish' && wanted !== undefined) keeping.furnish(wanted, found);
  for (const { operation, wanted } of requests)
    if (operation === 'limit' && wanted !== undefined) keeping.limit(wanted);
  if (restarted.length > 0) keeping.restart(restarted);
  if (dropped.length > 0) keeping.drop(dropped);
}

function writeSysctls(node: string | null, jobs: readonly Job<SysctlRequest>[], run: Run): Failure | undefined {
  if (node === null) return undefined;
  // Worked out before the namespace is entered: it may take a look into others.
  const unset = new Set(jobs.flatMap(({ request: { key, value } }) => (value === undefined ? [key] : [])));
  const values = jobs.flatMap((job) =>
    settings(job.request, unset, run).map(([path, value]) => ({ job, path, value })),
  );
  return inNetns(run.namespaces.fd(node), () => {
    for (const { job, path, value } of values) {
      run.journal.add(job.change);
      try {
        writeSysctl(path, value);
      } catch (error) {
        const missing = error instanceof SystemError && error.errno === 'ENOENT';
        if (!(missing && job.request.optional === true)) return { job, error };
      }
    }
    return undefined;
  });
}

/** What one request writes, as paths below /proc/sys; `unset` are the keys of those that go back to what they were, this one among them. */
function settings(
  { node, key, value }: SysctlRequest,
  unset: ReadonlySet<string>,
  run: Run,
): readonly (readonly [path: string, value: string])[] {
  const path = sysctlPath(key);
  const back = run.restore?.(node, key);
  if (back !== undefined) {
    // To write the old value is to put it back, with all that goes along with it.
    return value === undefined || back[0]?.[1] === value ? back : [[path, value]];
  }
  if (value !== undefined) return [[path, value]];
  const general = generalKey(key);
  // A device has what its namespace's `default` says, unless that goes as well.
  const goes = [general, ...switchesOf(key)].some((each) => unset.has(each));
  const own =
    general === key || goes ? undefined : inNetns(run.namespaces.fd(node), () => readSysctl(sysctlPath(general)));
  const fresh = own ?? freshValue(key);
  return fresh === undefined ? [] : [[path, fresh]];
}

/** Requests of one namespace, encoded and not sent yet. */
export interface Parcel {
  readonly jobs: readonly Job<NetlinkRequest>[];
  readonly batch: Batch<Job<NetlinkRequest>>;
}

/** Whether a request is a message of rtnetlink. */
export function isRoute(job: Job): job is Job<NetlinkRequest> {
  return job.request.via === 'route';
}

/** Encodes requests that go out together. */
export function pack(
  via: 'route' | 'netfilter',
  node: string | null,
  jobs: readonly Job<NetlinkRequest>[],
  { namespaces }: Pick<Run, 'namespaces'>,
): Parcel {
  const batch: Parcel['batch'] =
    via === 'route' ? namespaces.route(node).batch() : namespaces.netfilter(node!).nftBatch();
  for (const job of jobs) job.request.add(batch, job);
  return { jobs, batch };
}

/** Sends them. The first refusal that matters is the failure. */
export function post({ jobs, batch }: Parcel, { journal }: Pick<Run, 'journal'>): Failure | undefined {
  for (const { change } of jobs) journal.add(change);
  for (const { tag, error } of batch.send()) {
    if (tag.request.accept?.includes(error.errno) !== true) return { job: tag, error };
  }
  return undefined;
}

/** Encodes and sends the requests of one namespace. */
export function send(
  via: 'route' | 'netfilter',
  node: string | null,
  jobs: readonly Job<NetlinkRequest>[],
  run: Run,
): Failure | undefined {
  return post(pack(via, node, jobs, run), run);
}
