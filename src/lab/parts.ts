/** All of a lab's parts of namespaces that are somebody else's: the host's, and those that its nodes join. */
import { HOST, type Uplink } from '../model/host.ts';
import type { Namespace, Resource } from '../model/resource.ts';
import type { ForeignScope } from '../reconcile/foreign.ts';
import type { Run } from '../reconcile/run.ts';
import { lockHost, type PartRecord } from '../state/host.ts';
import { readJoined, writeJoined } from '../state/joined.ts';
import type { LockOptions } from '../state/lock.ts';
import type { Lock } from '../sys/lock.ts';
import { Host, type PartOptions } from './host.ts';
import { Joined } from './joined.ts';
import { noPart, type Part } from './part.ts';

/** What each of them shall say of itself when the lab stands. */
export type Written = readonly (readonly [Part, PartRecord])[];

export class Parts implements Disposable {
  readonly host: Host | undefined;
  readonly #joined: readonly Joined[];
  /** Records of namespaces that have gone. */
  readonly #gone: readonly PartRecord[];
  readonly #keeper: number | undefined;
  /** The part of the namespace that the keeper holds for a node now; another one before or after an edit. */
  readonly #held = new Map<string, Part>();
  #lock: Lock | undefined;

  private constructor(
    host: Host | undefined,
    joined: readonly Joined[],
    gone: readonly PartRecord[],
    keeper: number | undefined,
  ) {
    this.host = host;
    this.#joined = joined;
    this.#gone = gone;
    this.#keeper = keeper;
    if (host !== undefined) this.#held.set(HOST, host);
  }

  /** Those of a lab of which nobody has asked. */
  static readonly NONE = new Parts(undefined, [], [], undefined);

  /** What a lab has, and with a model what it shall have, in such namespaces. Throws LabError, SystemError. */
  static open(lab: string, options: PartOptions): Parts {
    const { model, keeper } = options;
    const joined: Joined[] = [];
    const gone: PartRecord[] = [];
    let host: Host | undefined;
    try {
      host = Host.open(lab, options);
      for (const record of readJoined(lab, keeper, options)) {
        const part = Joined.find(record, keeper);
        if (part === undefined) gone.push(record);
        else joined.push(part);
      }
      for (const { node, join } of joins(model?.resources ?? [])) {
        if (!joined.some((part) => isOf(part, node, join.identity))) joined.push(Joined.meet(lab, node, join, keeper));
      }
      return new Parts(host, joined, gone, keeper);
    } catch (error) {
      for (const part of [...joined, ...(host === undefined ? [] : [host])]) part[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether there is one. */
  get any(): boolean {
    return this.host !== undefined || this.#joined.length > 0;
  }

  /** Every one of them, those that are about to be given up too. */
  all(): readonly Part[] {
    return this.host === undefined ? this.#joined : [this.host, ...this.#joined];
  }

  /** Those in which something shall stand. */
  wanted(resources: readonly Resource[]): readonly Part[] {
    const wanted = joins(resources);
    const joined = this.#joined.filter((part) => wanted.some(({ node, join }) => isOf(part, node, join.identity)));
    return this.host === undefined ? joined : [this.host, ...joined];
  }

  /** That of a node in the namespace of that identity. */
  joined(node: string, identity: string | undefined): Joined | undefined {
    return this.#joined.find((part) => isOf(part, node, identity));
  }

  /** The keeper holds that namespace for the node from now on; undefined: none any more. */
  hold(node: string, part: Part | undefined): void {
    if (part === undefined) this.#held.delete(node);
    else this.#held.set(node, part);
  }

  /** That of the namespace which is held for a node. */
  held(node: string): Part | undefined {
    return this.#held.get(node);
  }

  /** What of a node's namespace is to be looked at. Of one of which nothing is known, nothing is the lab's. */
  scope(lab: string, node: string): ForeignScope {
    return this.held(node)?.scope ?? { node, made: new Set(), others: new Set(), table: `netlab-${lab}` };
  }

  /** Nobody else changes any of these namespaces until {@link unlock}. */
  async lock(options: LockOptions = {}): Promise<void> {
    if (this.any) this.#lock ??= await lockHost(options);
  }

  unlock(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  /** Writes down what is about to be made. Returns what to write when it stands. */
  begin(resources: readonly Resource[], uplinks: readonly Uplink[]): Written {
    return this.wanted(resources).map((part) => [part, part.begin(resources, part === this.host ? uplinks : [])]);
  }

  /** Writes down what stands now. */
  write(written: Written): void {
    for (const [part, record] of written) part.write(record);
    this.#forget();
  }

  /** Writes down what was before. */
  restoreRecords(): void {
    for (const part of this.all()) part.write(part.before);
  }

  /** The keeper of a lab that has just been made. */
  keptBy(keeper: number): void {
    for (const part of this.all()) part.keptBy(keeper);
  }

  /** Writes all records into the state folder, before the keeper ends. */
  save(): void {
    for (const part of this.all()) part.save();
  }

  /** Takes everything back, everywhere. Throws LabError when something stays. */
  async takeBack(): Promise<void> {
    for (const part of this.all()) await part.takeBack();
    this.#forget();
  }

  /** What is known of namespaces that are about to be joined. */
  around(resources: readonly Resource[]): { readonly others: ReadonlyMap<string, number>; readonly above: number } {
    const joined = this.wanted(resources).filter((part) => part !== this.host);
    const each = joined.map((part) => part.around);
    return {
      others: new Map(each.flatMap(({ others }) => [...others])),
      above: Math.max(0, ...each.map(({ above }) => above)),
    };
  }

  /** How settings get back to what they were: for {@link Run}. */
  readonly restore: NonNullable<Run['restore']> = (node, key) => this.held(node)?.restore(key);

  [Symbol.dispose](): void {
    this.unlock();
    for (const part of this.all()) part[Symbol.dispose]();
  }

  #forget(): void {
    for (const { lab, node, netns } of this.#gone) writeJoined(noPart(lab, node, netns), this.#keeper);
  }
}

type Joining = Namespace & { readonly join: NonNullable<Namespace['join']> };

/** The nodes that join a namespace. */
function joins(resources: readonly Resource[]): readonly Joining[] {
  return resources.filter((each): each is Joining => each.kind === 'namespace' && each.join !== undefined);
}

function isOf(part: Joined, node: string, identity: string | undefined): boolean {
  return part.node === node && part.before.netns === identity;
}
