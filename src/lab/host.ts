/**
 * A lab's part of the host's own namespace. What it makes there is written into its state folder first, so that it can be taken back
 * whatever happens; and what is taken back is what that record names.
 */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { LabError } from '../errors.ts';
import { HOST } from '../model/host.ts';
import type { LabModel } from '../model/lab.ts';
import type { Resource, Sysctl } from '../model/resource.ts';
import { canonicalKey, settingNow } from '../reconcile/along.ts';
import { applyNetwork } from '../reconcile/apply.ts';
import { diff } from '../reconcile/diff.ts';
import type { HostScope } from '../reconcile/host.ts';
import { Namespaces } from '../reconcile/namespaces.ts';
import { observeNetwork } from '../reconcile/observe.ts';
import { order } from '../reconcile/order.ts';
import type { Run } from '../reconcile/run.ts';
import { RunSurroundings } from '../reconcile/surroundings.ts';
import { describe, keyOf } from '../resource/index.ts';
import { sysctlPath } from '../resource/sysctl.ts';
import {
  currentBoot,
  currentNetns,
  hasHostRecord,
  type HostRecord,
  type HostSetting,
  lockHost,
  otherHostRecords,
  readHostRecord,
  writeHostRecord,
} from '../state/host.ts';
import type { ReadOptions } from '../state/copies.ts';
import type { LockOptions } from '../state/lock.ts';
import { NETNS_DIR } from '../state/paths.ts';
import { INSIDE, ROOTLESS } from '../state/places.ts';
import type { Lock } from '../sys/lock.ts';

/** Whose part of the host is opened, and what for. */
export interface HostOptions extends ReadOptions {
  /** What the lab shall be. */
  readonly model?: LabModel;
  /** The pid of its keeper. */
  readonly keeper?: number | undefined;
}

/** What a lab has, or shall have, on the host. */
export class Host implements Disposable {
  readonly lab: string;
  /** What the state folder said when this was opened. */
  readonly before: HostRecord;
  /** A path that leads to the host's network namespace. */
  readonly path: string;
  readonly namespaces = new Namespaces();
  #now: HostRecord;
  #keeper: number | undefined;
  #others: ReadonlySet<string> = new Set();
  #lock: Lock | undefined;

  private constructor(lab: string, path: string, before: HostRecord, keeper: number | undefined) {
    this.lab = lab;
    this.#keeper = keeper;
    this.path = path;
    this.before = before;
    this.#now = before;
    this.namespaces.adopt(HOST, path);
  }

  /** Undefined for a lab that neither has nor wants anything there. Throws LabError when it has it in another namespace. */
  static open(lab: string, { model, keeper, ...how }: HostOptions): Host | undefined {
    const record = readHostRecord(lab, keeper, how);
    if (record === undefined && model?.resources.some(({ node }) => node === HOST) !== true) {
      // A record that cannot be read: what bears the lab's name is known all the same.
      if (how.anyVersion !== true || !hasHostRecord(lab)) return undefined;
    }
    // The home of an ordinary user's lab goes with the lab, and from out here nobody gets into it.
    if (ROOTLESS && !INSIDE) return undefined;
    const netns = currentNetns();
    const before = record ?? none(lab, netns);
    const here = (what: HostRecord): Host => new Host(lab, '/proc/thread-self/ns/net', what, keeper);
    if (before.netns === netns) return here(before);
    // This is the home of the lab that runs, or of one to come: what another had, went with it.
    if (INSIDE) return here(none(lab, netns));
    const path = findNetns(before.netns);
    if (model === undefined && path !== undefined) return new Host(lab, path, before, keeper);
    // The namespace has gone, and all that stood in it.
    if (path === undefined) return model === undefined ? undefined : here(none(lab, netns));
    throw new LabError(
      `the lab ${lab} has things in the network namespace ${before.netns}, and this is ${netns}: take it down first, with netlab down ${lab}`,
    );
  }

  /** Nobody else changes the host until {@link unlock}. */
  async lock(options: LockOptions = {}): Promise<void> {
    this.#lock ??= await lockHost(options);
  }

  unlock(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  /** What of the host is to be looked at now. */
  get scope(): HostScope {
    return { made: new Set(this.#now.made), others: this.#others, table: `netlab-${this.lab}` };
  }

  /** The other labs' parts of the same namespace. */
  neighbours(): HostRecord[] {
    return otherHostRecords(this.lab, this.before.netns);
  }

  /** Tells which interfaces of the host's own the lab speaks of. */
  speaksOf(wanted: readonly Resource[]): void {
    const own = new Set(wanted.flatMap((each) => (each.kind === 'link' && each.node === HOST ? [each.name] : [])));
    this.#others = new Set(wanted.flatMap(devicesOf).filter((name) => !own.has(name)));
  }

  /**
   * Writes down what is about to be made and what settings were, beside what was made before. From now on all of it is looked at.
   * Returns what to write when it stands.
   */
  begin(wanted: readonly Resource[], uplinks: HostRecord['uplinks']): HostRecord {
    const { before } = this;
    const onHost = wanted.filter(({ node }) => node === HOST);
    const settings = onHost.filter((each) => each.kind === 'sysctl').map((each) => this.#setting(each));
    const made = onHost.filter(({ kind }) => kind !== 'sysctl').map(keyOf);
    const after = { ...before, made, settings, uplinks };
    const both = settings.map((each) => {
      const old = before.settings.find(({ key }) => key === each.key);
      return old === undefined ? each : { ...each, values: [...new Set([...old.values, ...each.values])] };
    });
    const gone = before.settings.filter(({ key }) => !both.some((each) => each.key === key));
    this.write({ ...after, made: [...new Set([...before.made, ...made])], settings: [...both, ...gone] });
    return after;
  }

  write(record: HostRecord): void {
    writeHostRecord(record, this.#keeper);
    this.#now = record;
  }

  /** The keeper of a lab that has just been made: it has a copy of the record. */
  keptBy(keeper: number): void {
    this.#keeper = keeper;
  }

  /** Writes the record once more, into the state folder, before the keeper ends. */
  save(): void {
    this.#keeper = undefined;
    writeHostRecord(this.#now, undefined);
  }

  /** How a setting gets back to what it was: not at all while another lab wants it, or when somebody else has changed it since. */
  restore = (key: string): readonly (readonly [path: string, value: string])[] => {
    const setting = [...this.#now.settings, ...this.before.settings].find((each) => each.key === key);
    if (setting === undefined || this.#claims(key).length > 0) return [];
    const path = sysctlPath(key);
    const { was: now } = settingNow(this.namespaces.fd(HOST), path);
    if (now === undefined || !setting.values.includes(now) || now === setting.was) return [];
    if (setting.was !== null) return [[path, setting.was], ...setting.along];
    // It came with a device of ours: like any new device of this host.
    const parts = path.split('/');
    const general = settingNow(
      this.namespaces.fd(HOST),
      [...parts.slice(0, 3), 'default', ...parts.slice(4)].join('/'),
    );
    return general.was === undefined ? [] : [[path, general.was]];
  };

  /** Takes everything back that the record names. Throws LabError when something stays; the record stays too then. */
  async takeBack(): Promise<void> {
    const now = this.#look();
    const changes = order(diff([], now).changes);
    const around = new RunSurroundings(this.lab, this.namespaces, [], now, changes);
    const { namespaces, restore } = this;
    await applyNetwork(changes, { around, namespaces, restore, keeping: NOBODY, journal: new Set(), relentless: true });
    const left = this.#look().resources.filter(({ kind }) => kind !== 'sysctl');
    if (left.length > 0) {
      throw new LabError(
        `could not take back from the host: ${left.map(describe).join(', ')}; try again: netlab down ${this.lab}`,
      );
    }
    this.write(none(this.lab, this.before.netns));
  }

  [Symbol.dispose](): void {
    this.unlock();
    this.namespaces[Symbol.dispose]();
  }

  #look(): ReturnType<typeof observeNetwork> {
    const keys = this.#now.settings.map(({ key }) => key);
    const unmarked = new Set(keys.map((key) => `sysctl ${HOST} ${key}`));
    for (const key of this.#now.made) unmarked.add(key);
    return observeNetwork(this.namespaces, { nodes: [] }, new Map([[HOST, new Set(keys)]]), unmarked, this.scope);
  }

  #setting({ key, value }: Sysctl): HostSetting {
    const known =
      this.before.settings.find((each) => canonicalKey(each.key) === canonicalKey(key)) ?? this.#claims(key)[0];
    if (known !== undefined) return { ...known, key, values: [value] };
    const { was, along } = settingNow(this.namespaces.fd(HOST), sysctlPath(key));
    return { key, values: [value], was: was ?? null, along };
  }

  /** What other labs have made of a setting. */
  #claims(key: string): HostSetting[] {
    return this.neighbours()
      .flatMap(({ settings }) => settings)
      .filter((each) => canonicalKey(each.key) === canonicalKey(key));
  }
}

/** How settings of the host get back to what they were, for a lab that has its part there. */
export function restoring(host: Host | undefined): Pick<Run, 'restore'> {
  return host === undefined ? {} : { restore: host.restore };
}

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

function none(lab: string, netns: string): HostRecord {
  return { lab, netns, boot: currentBoot(), made: [], settings: [], uplinks: [] };
}

/** The interfaces that a resource of the host speaks of, besides its own. */
function devicesOf(resource: Resource): string[] {
  if (resource.node !== HOST) return [];
  switch (resource.kind) {
    case 'route':
      return resource.nexthops.flatMap(({ dev }) => dev ?? []);
    case 'neighbour':
      return [resource.dev];
    default:
      return [];
  }
}

/** A path to a namespace by its number: of a process in it, or its name in /run/netns. */
function findNetns(netns: string): string | undefined {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const path = `/proc/${pid}/ns/net`;
    try {
      if (readlinkSync(path) === netns) return path;
    } catch {
      // It has ended, or is not ours to look into.
    }
  }
  const inode = Number(/\d+/.exec(netns)?.[0]);
  return names().find((each) => statSync(each, { throwIfNoEntry: false })?.ino === inode);
}

function names(): string[] {
  try {
    return readdirSync(NETNS_DIR).map((name) => join(NETNS_DIR, name));
  } catch {
    return [];
  }
}
