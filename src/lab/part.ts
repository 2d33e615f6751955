/**
 * A lab's part of a namespace that is somebody else's: the host's own, or one that a node joins. What it makes there is written into its state
 * folder first, so that it can be taken back whatever happens; and what is taken back is what that record names.
 */
import { LabError } from '../errors.ts';
import { HOST, type Uplink } from '../model/host.ts';
import type { Resource, Sysctl } from '../model/resource.ts';
import { canonicalKey, settingNow } from '../reconcile/along.ts';
import { applyNetwork, removeNow } from '../reconcile/apply.ts';
import { type Change, diff } from '../reconcile/diff.ts';
import type { ForeignScope } from '../reconcile/foreign.ts';
import { Namespaces } from '../reconcile/namespaces.ts';
import { observeNetwork } from '../reconcile/observe.ts';
import { order } from '../reconcile/order.ts';
import { highestIndex, indexOf } from '../reconcile/read/host.ts';
import type { Run } from '../reconcile/run.ts';
import { RunSurroundings } from '../reconcile/surroundings.ts';
import { describe, keyOf } from '../resource/index.ts';
import { sysctlPath } from '../resource/sysctl.ts';
import { currentBoot, type PartRecord, type PartSetting } from '../state/host.ts';

/** Where a part is, and what is known of it. */
export interface PartPlace {
  /** A path that leads to the network namespace. */
  readonly path: string;
  /** What the state folder says. */
  readonly before: PartRecord;
  /** The pid of the lab's keeper. */
  readonly keeper: number | undefined;
}

/** What a lab has, or shall have, in one such namespace. */
export abstract class Part implements Disposable {
  readonly lab: string;
  /** The host, or the node that joins it. */
  readonly node: string;
  /** What the state folder said when this was opened. */
  readonly before: PartRecord;
  /** A path that leads to the network namespace. */
  readonly path: string;
  readonly namespaces = new Namespaces();
  #now: PartRecord;
  #keeper: number | undefined;
  #others: ReadonlySet<string> = new Set();

  protected constructor({ path, before, keeper }: PartPlace) {
    this.lab = before.lab;
    this.node = before.node;
    this.#keeper = keeper;
    this.path = path;
    this.before = before;
    this.#now = before;
    this.namespaces.adopt(this.node, path);
  }

  /** The pid of the lab's keeper. */
  protected get keeper(): number | undefined {
    return this.#keeper;
  }

  /** Writes a record down, for a keeper that has a copy. */
  protected abstract record(record: PartRecord, keeper: number | undefined): void;

  /** The other labs' parts of the same namespace. */
  abstract neighbours(): PartRecord[];

  /** What of the namespace is to be looked at now. */
  get scope(): ForeignScope {
    return { node: this.node, made: new Set(this.#now.made), others: this.#others, table: `netlab-${this.lab}` };
  }

  /** What of this lab is wanted there. */
  wantedOf(wanted: readonly Resource[]): Resource[] {
    return wanted.filter(({ node, kind }) => node === this.node && OF_NETWORK.has(kind));
  }

  /** Tells which interfaces that are there already the lab speaks of. */
  speaksOf(wanted: readonly Resource[]): void {
    const here = this.wantedOf(wanted);
    const own = new Set(here.flatMap((each) => (each.kind === 'link' ? [each.name] : [])));
    this.#others = new Set(here.flatMap(devicesOf).filter((name) => !own.has(name)));
  }

  /** What requests must know of the namespace before it is held: the indexes of those interfaces, and the highest in use. */
  get around(): { readonly others: ReadonlyMap<string, number>; readonly above: number } {
    const socket = this.namespaces.route(this.node);
    const others = new Map<string, number>();
    for (const name of this.#others) {
      const index = indexOf(socket, name);
      if (index !== undefined) others.set(`${this.node}:${name}`, index);
    }
    return { others, above: highestIndex(socket) };
  }

  /**
   * Writes down what is about to be made and what settings were, beside what was made before. From now on all of it is looked at.
   * Returns what to write when it stands.
   */
  begin(wanted: readonly Resource[], uplinks: readonly Uplink[]): PartRecord {
    const { before } = this;
    const here = this.wantedOf(wanted);
    const settings = here.filter((each) => each.kind === 'sysctl').map((each) => this.#setting(each));
    const made = here.filter(({ kind }) => kind !== 'sysctl').map(keyOf);
    const after = { ...before, made, settings, uplinks };
    const both = settings.map((each) => {
      const old = before.settings.find(({ key }) => key === each.key);
      return old === undefined ? each : { ...each, values: [...new Set([...old.values, ...each.values])] };
    });
    const gone = before.settings.filter(({ key }) => !both.some((each) => each.key === key));
    this.write({ ...after, made: [...new Set([...before.made, ...made])], settings: [...both, ...gone] });
    return after;
  }

  write(record: PartRecord): void {
    this.record(record, this.#keeper);
    this.#now = record;
  }

  /** What was there before stands there again, or is about to: after a run that has taken it back and is undone. */
  resume(): void {
    if (this.#now.made.length + this.#now.settings.length === 0) this.write(this.before);
  }

  /** The keeper of a lab that has just been made: it has a copy of the record. */
  keptBy(keeper: number): void {
    this.#keeper = keeper;
  }

  /** Writes the record once more, into the state folder, before the keeper ends. */
  save(): void {
    this.#keeper = undefined;
    this.record(this.#now, undefined);
  }

  /** How a setting gets back to what it was: not at all while another lab wants it, or when somebody else has changed it since. */
  restore(key: string): readonly (readonly [path: string, value: string])[] {
    const setting = [...this.#now.settings, ...this.before.settings].find((each) => each.key === key);
    if (setting === undefined || this.#claims(key).length > 0) return [];
    const path = sysctlPath(key);
    const { was: now } = settingNow(this.namespaces.fd(this.node), path);
    if (now === undefined || !setting.values.includes(now) || now === setting.was) return [];
    if (setting.was !== null) return [[path, setting.was], ...setting.along];
    // It came with a device of ours: like any new device there.
    const parts = path.split('/');
    const general = settingNow(
      this.namespaces.fd(this.node),
      [...parts.slice(0, 3), 'default', ...parts.slice(4)].join('/'),
    );
    return general.was === undefined ? [] : [[path, general.was]];
  }

  /** Takes everything back that the record names. Throws LabError when something stays; the record stays too then. */
  async takeBack(): Promise<void> {
    const [changes, run] = this.#removal();
    await applyNetwork(changes, run);
    this.#finish();
  }

  /** The same at once, in the middle of a run. */
  takeBackNow(): void {
    const [changes, run] = this.#removal();
    removeNow(changes, run);
    this.#finish();
  }

  [Symbol.dispose](): void {
    this.namespaces[Symbol.dispose]();
  }

  #removal(): readonly [changes: readonly Change[], run: Run] {
    const now = this.#look();
    const changes = order(diff([], now).changes);
    const { namespaces } = this;
    const around = new RunSurroundings(this.lab, namespaces, [], now, changes);
    const restore: Run['restore'] = (node, key) => (node === this.node ? this.restore(key) : undefined);
    return [changes, { around, namespaces, restore, keeping: NOBODY, journal: new Set(), relentless: true }];
  }

  #finish(): void {
    const left = this.#look().resources.filter(({ kind }) => kind !== 'sysctl');
    if (left.length > 0) {
      throw new LabError(
        `could not take back from ${this.node === HOST ? 'the host' : `the namespace that ${this.node} joins`}: ${left.map(describe).join(', ')}; try again: netlab down ${this.lab}`,
      );
    }
    this.write(noPart(this.lab, this.node, this.before.netns));
  }

  #look(): ReturnType<typeof observeNetwork> {
    const keys = this.#now.settings.map(({ key }) => key);
    const unmarked = new Set(keys.map((key) => `sysctl ${this.node} ${key}`));
    for (const key of this.#now.made) unmarked.add(key);
    const sysctls = new Map([[this.node, new Set(keys)]]);
    return observeNetwork(this.namespaces, { nodes: [] }, sysctls, unmarked, [this.scope]);
  }

  #setting({ key, value }: Sysctl): PartSetting {
    const known =
      this.before.settings.find((each) => canonicalKey(each.key) === canonicalKey(key)) ?? this.#claims(key)[0];
    if (known !== undefined) return { ...known, key, values: [value] };
    const { was, along } = settingNow(this.namespaces.fd(this.node), sysctlPath(key));
    return { key, values: [value], was: was ?? null, along };
  }

  /** What other labs have made of a setting. */
  #claims(key: string): PartSetting[] {
    return this.neighbours()
      .flatMap(({ settings }) => settings)
      .filter((each) => canonicalKey(each.key) === canonicalKey(key));
  }
}

/** A part in which nothing is. */
export function noPart(lab: string, node: string, netns: string): PartRecord {
  return { lab, node, netns, boot: currentBoot(), made: [], settings: [], uplinks: [] };
}

/** What can stand in somebody else's namespace. */
const OF_NETWORK: ReadonlySet<Resource['kind']> = new Set([
  'link',
  'address',
  'route',
  'rule',
  'neighbour',
  'fdb',
  'sysctl',
  'netfilter',
] as const);

const NOTHING = (): void => {};
const NOBODY = {
  create: NOTHING,
  name: NOTHING,
  furnish: NOTHING,
  limit: NOTHING,
  thaw: NOTHING,
  drop: NOTHING,
  restart: NOTHING,
};

/** The interfaces that a resource speaks of, besides its own. */
function devicesOf(resource: Resource): string[] {
  switch (resource.kind) {
    case 'route':
      return resource.nexthops.flatMap(({ dev }) => dev ?? []);
    case 'neighbour':
      return [resource.dev];
    default:
      return [];
  }
}
