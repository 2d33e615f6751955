/** Makes namespaces and, while the keeper is still at it, the links whose ends stand already: two processors have work then. */
import { lowerOf } from '../model/resource.ts';
import type { NetlinkRequest } from '../resource/kind.ts';
import type { Change } from './diff.ts';
import { type NewNamespace, newNamespaces } from './new-namespaces.ts';
import { attempt, isRoute, pack, type Parcel, send } from './perform.ts';
import { type Failure, type Job, jobsOf, type Run } from './run.ts';

/** How many links go out together: few enough that the kernel and we work at the same time. */
const LINKS_A_BATCH = 64;

/** What is left to do when namespaces, bridges and veths are made. */
export interface Made {
  readonly jobs: readonly Job[];
  /** What belongs to the stage `configure`, by namespace. */
  readonly parcels: readonly Parcel[];
  readonly failure: Failure | undefined;
}

/** Makes what comes first, and returns what is left. */
export function make(changes: readonly Change[], run: Run): Made {
  const namespaces = changes.filter(({ action, wanted }) => wanted?.kind === 'namespace' && action !== 'update');
  const coming = changes.filter(({ wanted }) => wanted !== undefined && wanted.kind !== 'namespace');
  if (namespaces.length === 0)
    return { jobs: coming.flatMap((change) => jobsOf(change, run.around)), parcels: [], failure: undefined };

  const maker = new Maker(coming, namespaces, run);
  const creations = namespaces.flatMap((change) => jobsOf(change, run.around));
  const list = (): NewNamespace[] => newNamespaces([...namespaces, ...coming].flatMap(({ wanted }) => wanted ?? []));
  const failure = attempt(creations, () => run.keeping.create(list, (name) => maker.namespaceStands(name)), run);
  maker.flush();
  if (failure !== undefined || maker.failure !== undefined)
    return { jobs: [], parcels: [], failure: failure ?? maker.failure };
  return { jobs: maker.left(), parcels: maker.parcels, failure: undefined };
}

/** A new namespace. */
interface Space {
  readonly node: string;
  /** The links with an end here. */
  readonly waiting: Change[];
  /** How many of them are still to be begun. */
  unbegun: number;
  /** What is to be configured: first the links themselves, then all else. */
  readonly links: Job<NetlinkRequest>[];
  readonly others: Job<NetlinkRequest>[];
}

/**
 * Sends the making of each link as soon as the namespaces of both its ends stand. Between two namespaces there is time to spare: what
 * will be configured in them is encoded then.
 */
class Maker {
  failure: Failure | undefined;
  readonly parcels: Parcel[] = [];
  readonly #run: Run;
  readonly #total: number;
  /** The order in which links are configured: what a link stands on comes first, though its far end's namespace may come later. */
  readonly #rank: ReadonlyMap<Change, number> | undefined;
  readonly #spaces = new Map<string, Space>();
  readonly #links: Job[] = [];
  readonly #others: Job[] = [];
  /** For how many namespaces a link waits. */
  readonly #missing = new Map<Change, number>();
  #batch: Job<NetlinkRequest>[] = [];

  constructor(coming: readonly Change[], namespaces: readonly Change[], run: Run) {
    this.#run = run;
    this.#total = coming.length + namespaces.length;
    for (const { wanted } of namespaces) {
      const { node } = wanted!;
      this.#spaces.set(node, { node, waiting: [], unbegun: 0, links: [], others: [] });
    }
    const links = coming.filter(({ wanted }) => wanted?.kind === 'link');
    const stacked = links.some(({ wanted }) => wanted?.kind === 'link' && lowerOf(wanted) !== undefined);
    this.#rank = stacked ? new Map(links.map((change, index) => [change, index])) : undefined;
    // Worked out before the first namespace is waited for: the keeper may be making them already.
    for (const change of coming) {
      if (change.wanted?.kind === 'link') continue;
      for (const job of jobsOf(change, run.around)) this.#later(job, 'others');
    }
    // A veth may be made as a port of a bridge, so bridges go first.
    for (const change of [...links.filter(isBridge), ...links.filter((each) => !isBridge(each))]) {
      const missing = this.#ends(change);
      this.#missing.set(change, missing.length);
      for (const space of missing) {
        space.waiting.push(change);
        space.unbegun++;
      }
      if (missing.length === 0) this.#make(change);
    }
  }

  namespaceStands(node: string): void {
    const space = this.#spaces.get(node);
    for (const change of space?.waiting ?? []) {
      const missing = this.#missing.get(change)! - 1;
      this.#missing.set(change, missing);
      if (missing === 0) this.#make(change);
    }
    if (space?.waiting.length === 0) this.#pack(space);
    if (this.#batch.length >= LINKS_A_BATCH) this.flush();
  }

  flush(): void {
    const jobs = this.#batch;
    this.#batch = [];
    if (jobs.length === 0 || this.failure !== undefined) return;
    this.#run.onProgress?.({ step: 'making links', done: this.#run.journal.size, total: this.#total });
    this.failure = send('route', null, jobs, this.#run);
  }

  /** What is left to do besides the parcels, in order. */
  left(): Job[] {
    return [...this.#inOrder(this.#links), ...this.#others];
  }

  /** The new namespaces in which a link has an end. */
  #ends({ wanted }: Change): Space[] {
    if (wanted?.kind !== 'link') return [];
    const { node, peer } = wanted;
    const [near, far] = [this.#spaces.get(node), this.#spaces.get(peer?.node ?? node)];
    return near === far ? [near].flatMap((space) => space ?? []) : [near, far].flatMap((space) => space ?? []);
  }

  #make(change: Change): void {
    for (const job of jobsOf(change, this.#run.around)) {
      const { request } = job;
      if (request.via === 'route' && request.node === null && (request.stage === 'base' || request.stage === 'pair'))
        this.#batch.push({ change, request });
      else this.#later(job, 'links');
    }
    for (const space of this.#ends(change)) if (--space.unbegun === 0) this.#pack(space);
  }

  /** Keeps a request until its namespace has its links, or until all have theirs. */
  #later(job: Job, list: 'links' | 'others'): void {
    const { node, stage } = job.request;
    const space = stage === 'configure' && node !== null ? this.#spaces.get(node) : undefined;
    if (space !== undefined && isRoute(job)) space[list].push(job);
    else (list === 'links' ? this.#links : this.#others).push(job);
  }

  #pack({ node, links, others }: Space): void {
    const jobs = [...this.#inOrder(links), ...others];
    if (jobs.length > 0) this.parcels.push(pack('route', node, jobs, this.#run));
  }

  #inOrder<J extends Job>(jobs: readonly J[]): readonly J[] {
    const rank = this.#rank;
    return rank === undefined ? jobs : jobs.toSorted((a, b) => rank.get(a.change)! - rank.get(b.change)!);
  }
}

function isBridge({ wanted }: Change): boolean {
  return wanted?.kind === 'link' && wanted.type === 'bridge';
}
