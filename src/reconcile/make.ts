/** Makes namespaces and, while the keeper is still at it, the links whose ends stand already: two processors have work then. */
import { lowerOf } from '../model/resource.ts';
import type { NetlinkRequest } from '../resource/kind.ts';
import type { Change } from './diff.ts';
import { attempt, send } from './perform.ts';
import { type NewNamespace, newNamespaces } from './new-namespaces.ts';
import { type Failure, type Job, jobsOf, type Run } from './run.ts';

/** How many links go out together: few enough that the kernel and we work at the same time. */
const LINKS_A_BATCH = 64;

/** Makes what comes first, and returns the requests that are left: all but the making of namespaces, bridges and veths. */
export function make(changes: readonly Change[], run: Run): { jobs: Job[]; failure: Failure | undefined } {
  const namespaces = changes.filter(({ action, wanted }) => wanted?.kind === 'namespace' && action !== 'update');
  const coming = changes.filter(({ wanted }) => wanted !== undefined && wanted.kind !== 'namespace');
  if (namespaces.length === 0)
    return { jobs: coming.flatMap((change) => jobsOf(change, run.around)), failure: undefined };

  const links = new LinkMaker(coming, namespaces, run);
  const creations = namespaces.flatMap((change) => jobsOf(change, run.around));
  const list = (): NewNamespace[] => newNamespaces([...namespaces, ...coming].flatMap(({ wanted }) => wanted ?? []));
  // Worked out before the first namespace is waited for: the keeper may be making them already.
  const rest: Job[] = [];
  for (const change of coming) if (change.wanted?.kind !== 'link') rest.push(...jobsOf(change, run.around));
  const failure = attempt(creations, () => run.keeping.create(list, (name) => links.namespaceStands(name)), run);
  links.flush();
  if (failure !== undefined || links.failure !== undefined) return { jobs: [], failure: failure ?? links.failure };
  return { jobs: [...inOrder(links.left, coming), ...rest], failure: undefined };
}

/** What a link stands on must be up before it, though its far end's namespace may have come later. */
function inOrder(jobs: Job[], coming: readonly Change[]): Job[] {
  if (!coming.some(({ wanted }) => wanted?.kind === 'link' && lowerOf(wanted) !== undefined)) return jobs;
  const rank = new Map(coming.map((change, index) => [change, index]));
  return jobs.toSorted((a, b) => rank.get(a.change)! - rank.get(b.change)!);
}

/** Sends the making of each link as soon as the namespaces of both its ends stand. */
class LinkMaker {
  /** What is left to do for the links: masters, addresses of their own, up. */
  readonly left: Job[] = [];
  failure: Failure | undefined;
  readonly #run: Run;
  /** The links that wait for a namespace, in the order in which they build on each other. */
  readonly #waiting = new Map<string, Change[]>();
  /** For how many namespaces a link waits. */
  readonly #missing = new Map<Change, number>();
  #batch: Job<NetlinkRequest>[] = [];

  constructor(coming: readonly Change[], namespaces: readonly Change[], run: Run) {
    this.#run = run;
    for (const { wanted } of namespaces) this.#waiting.set(wanted!.node, []);
    // A veth may be made as a port of a bridge, so bridges go first.
    const links = coming.filter(({ wanted }) => wanted?.kind === 'link');
    for (const change of [...links.filter(isBridge), ...links.filter((each) => !isBridge(each))]) {
      const { wanted } = change;
      if (wanted?.kind !== 'link') continue;
      const ends = new Set([wanted.node, wanted.peer?.node ?? wanted.node]);
      const missing = [...ends].filter((node) => this.#waiting.has(node));
      if (missing.length === 0) this.#make(change);
      this.#missing.set(change, missing.length);
      for (const node of missing) this.#waiting.get(node)!.push(change);
    }
  }

  namespaceStands(node: string): void {
    for (const change of this.#waiting.get(node) ?? []) {
      const missing = this.#missing.get(change)! - 1;
      this.#missing.set(change, missing);
      if (missing === 0) this.#make(change);
    }
    if (this.#batch.length >= LINKS_A_BATCH) this.flush();
  }

  flush(): void {
    const jobs = this.#batch;
    this.#batch = [];
    if (jobs.length === 0 || this.failure !== undefined) return;
    this.failure = send('route', null, jobs, this.#run);
  }

  #make(change: Change): void {
    for (const job of jobsOf(change, this.#run.around)) {
      const { request } = job;
      const early =
        request.via === 'route' && request.node === null && (request.stage === 'base' || request.stage === 'pair');
      if (early) this.#batch.push({ change, request });
      else this.left.push(job);
    }
  }
}

function isBridge({ wanted }: Change): boolean {
  return wanted?.kind === 'link' && wanted.type === 'bridge';
}
