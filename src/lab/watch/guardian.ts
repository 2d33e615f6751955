/** Looks where something may have changed, mends what has, and tells. Holds the lab's lock while it mends, and nothing while it waits. */
import { ApplyError, InterruptedError, KeeperError, LabError } from '../../errors.ts';
import { foreignNodes, HOST } from '../../model/host.ts';
import type { LabModel } from '../../model/lab.ts';
import type { Resource } from '../../model/resource.ts';
import type { WatchEvent } from '../../model/watch.ts';
import { ChangeFailure } from '../../reconcile/apply.ts';
import type { Change } from '../../reconcile/diff.ts';
import { order } from '../../reconcile/order.ts';
import type { Device } from '../../reconcile/read/link.ts';
import { describe, keyOf } from '../../resource/index.ts';
import { lockLab } from '../../state/lock.ts';
import { type LabRecord, readRecord } from '../../state/record.ts';
import { planned, refused, subject } from '../changes.ts';
import { isBare } from '../list.ts';
import { prepare } from '../prepare.ts';
import { newRecord, recordedFile } from '../record.ts';
import { Parts } from '../parts.ts';
import { nameOf } from '../processes.ts';
import { Session } from '../session.ts';
import { Backoff } from './backoff.ts';
import { Dirt } from './dirt.ts';
import { everything, look, type Part, widened, without } from './look.ts';
import { mend, type Patient, restart } from './mend.ts';
import { OwnRecord, textOf } from './own-record.ts';
import { endWords, type ProcessNote } from './processes.ts';
import { Senses } from './senses.ts';

export interface GuardianOptions {
  readonly onEvent: (event: WatchEvent) => void;
  /** Called when {@link Guardian.round} has something to do. */
  readonly ring: () => void;
  readonly signal: AbortSignal;
}

/** What is looked at without the lab's lock may change under the eyes; a look that fails so often in a row has another reason. */
const STUMBLES = 5;
const STUMBLE_MS = 40;

export class Guardian implements Disposable {
  readonly #options: GuardianOptions;
  readonly #dirt: Dirt;
  readonly #senses: Senses;
  readonly #backoff = new Backoff();
  /** Where what is held stands, to be looked at when its time has come. */
  readonly #held = new Map<string, string>();
  #wake: NodeJS.Timeout | undefined;
  #model: LabModel;
  #wanted: readonly Resource[] = [];
  #devices: ReadonlyMap<string, Device> = new Map();
  #record: OwnRecord | undefined;
  /** How processes ended of which it is not known yet what becomes of them. */
  readonly #exits = new Map<string, string>();
  /** Nothing has been looked at since the lab was brought up. */
  #isFirst = true;
  /** Looks one after the other that failed: somebody else was changing the lab just then, or it is going. */
  #stumbles = 0;
  /** What somebody else has made of the lab, and this watch can't follow. */
  #foreign: string | undefined;
  /** Nodes whose processes are being started. */
  readonly #starting = new Map<string, Promise<void>>();

  constructor(model: LabModel, options: GuardianOptions) {
    this.#model = model;
    this.#options = options;
    this.#dirt = new Dirt(options.ring);
    this.#senses = new Senses(model.name, {
      onPart: (part) => this.#dirt.add(part),
      onAll: () => this.lookAtAll(),
      onLeft: (left) => options.onEvent({ event: 'left', ...left }),
      onOverrun: () => {
        options.onEvent({ event: 'overrun' });
        this.lookAtAll();
      },
    });
    this.follow(model);
  }

  /** The lab has just been brought up as `model` says. */
  follow(model: LabModel): void {
    using session = Session.open(model.name);
    if (session === undefined) throw new LabError(`the lab ${model.name} has ended`);
    using parts = Parts.open(model.name, { model, keeper: session.keeper.pid });
    this.#model = model;
    this.#wanted = prepare(model, parts).wanted;
    session.foreign.attach(parts);
    // What this `up` has written; should somebody else have written another since, that is found out when it matters.
    const { pid } = session.keeper;
    this.#record = new OwnRecord(newRecord(model, this.#wanted, pid, readRecord(model.name, pid)));
    this.#foreign = undefined;
    this.#senses.follow(session, parts.host, this.#wanted);
    this.#backoff.clear();
    this.#held.clear();
    this.lookAtAll();
    this.#isFirst = true;
  }

  lookAtAll(): void {
    this.#dirt.add(everything(this.#wanted));
  }

  /** A PID 1 has written something down. */
  note(note: ProcessNote): void {
    const { event, node, process } = note;
    const name = `${node}/${process}`;
    if (event === 'exit') this.#exits.set(name, endWords(note));
    const how = this.#exits.get(name);
    if (event === 'start' && how !== undefined) {
      this.#exits.delete(name);
      if (!this.#starting.has(node)) this.#options.onEvent({ event: 'restarted', node, process, how });
    }
    this.#dirt.add({ processes: new Set([node]) });
  }

  /** Looks at what nobody tells of. */
  tick(): void {
    this.#senses.tick();
  }

  /** Looks where something may have changed, and mends it. Tells when somebody else has brought the lab up meanwhile. */
  async round(): Promise<'kept' | 'overtaken' | 'taken-over'> {
    const part = this.#dirt.take();
    if (part === undefined) return 'kept';
    const before = process.cpuUsage();
    try {
      using session = Session.open(this.#model.name, undefined, part.network);
      if (session === undefined) return 'kept';
      const found = await this.#visit(session, part);
      this.#stumbles = 0;
      // The first look, at all that there is, is nobody's noise: what is damaged right after it shall not wait.
      if (!this.#isFirst) this.#dirt.rest(before);
      this.#isFirst = false;
      return found;
    } catch (error) {
      if (error instanceof InterruptedError || ++this.#stumbles > STUMBLES) throw error;
      this.#dirt.pause(STUMBLE_MS);
      this.#dirt.add(part);
      return 'kept';
    }
  }

  async #visit(session: Session, part: Part & { since: number }): Promise<'kept' | 'overtaken' | 'taken-over'> {
    using parts = this.#openParts(session, part);
    const { changes } = this.#see(session, readRecord(this.#model.name, session.keeper.pid), part);
    if (changes.length === 0) return 'kept';
    const { signal } = this.#options;
    const lock = await lockLab(this.#model.name, { signal });
    try {
      const record = readRecord(this.#model.name, session.keeper.pid);
      if (record === undefined || this.#record?.is(record) !== true) return this.#overtaken(record);
      // Nodes may have gone and come while there was no lock.
      session.renew();
      await parts.lock({ signal });
      await this.#mend({ session, parts, record, model: this.#model, wanted: this.#wanted, signal }, part, changes);
      return 'kept';
    } finally {
      lock.release();
      // To take the lock of a lab that has been taken down meanwhile makes its folder anew.
      if (signal.aborted) isBare(this.#model.name);
    }
  }

  /** Waits for what is under way in the background. */
  async settled(): Promise<void> {
    await Promise.all(this.#starting.values());
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#wake);
    this.#dirt.close();
    this.#senses[Symbol.dispose]();
  }

  /** Most labs have nothing of what is somebody else's, and most looks are not at the host. */
  #openParts(session: Session, { network }: Part): Parts {
    if (!network.has(HOST) && foreignNodes(this.#wanted).size === 1) return Parts.NONE;
    const parts = Parts.open(this.#model.name, { model: this.#model, keeper: session.keeper.pid });
    for (const part of parts.wanted(this.#wanted)) part.speaksOf(this.#wanted);
    session.foreign.attach(parts);
    return parts;
  }

  /** Looks at a part of the lab: what is to be mended now. */
  #see(session: Session, record: LabRecord | undefined, part: Part) {
    const seen = look(session, record, this.#wanted, part, this.#devices);
    this.#devices = seen.devices;
    for (const process of seen.ended) {
      const { node, name } = process;
      const how = this.#exits.get(nameOf(process));
      this.#exits.delete(nameOf(process));
      if (how !== undefined) this.#options.onEvent({ event: 'ended', node, process: name, how });
    }
    const now = performance.now();
    const left = without(seen.changes, (key) => this.#backoff.isHeld(key, now));
    const isStarting = ({ wanted }: Change): boolean => wanted?.kind === 'process' && this.#starting.has(wanted.node);
    return { ...seen, changes: left.filter((each) => !isStarting(each)) };
  }

  async #mend(patient: Patient, part: Part & { since: number }, found: readonly Change[]): Promise<void> {
    const seen = this.#see(patient.session, patient.record, widened(part, found));
    const changes = order(seen.changes);
    const processes = changes.filter(({ wanted }) => wanted?.kind === 'process');
    const others = changes.filter((each) => !processes.includes(each));
    try {
      if (others.length > 0) await mend(patient, seen, others);
      for (const change of others) this.#mended(change, part.since);
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      this.#failed(error, others);
    }
    const nodes = new Set(processes.map((each) => subject(each).node));
    for (const node of nodes) {
      const own = processes.filter((each) => subject(each).node === node);
      this.#starting.set(node, this.#restart(patient, node, own, part.since));
    }
  }

  /** Starts the processes of a node; other things are mended meanwhile. */
  async #restart(patient: Patient, node: string, changes: readonly Change[], since: number): Promise<void> {
    try {
      using session = Session.open(patient.model.name);
      if (session === undefined) return;
      await restart({ ...patient, session }, changes);
      for (const change of changes) this.#mended(change, since);
    } catch (error) {
      // Somebody else was quicker.
      const runs = error instanceof ApplyError && error.cause instanceof KeeperError && error.cause.errno === 'EEXIST';
      if (!runs && !(error instanceof InterruptedError) && !this.#options.signal.aborted) this.#failed(error, changes);
    } finally {
      this.#starting.delete(node);
      this.#dirt.add({ processes: new Set([node]) });
    }
  }

  #mended(change: Change, since: number): void {
    const milliseconds = performance.now() - since;
    this.#options.onEvent({ event: 'repaired', change: planned(change, this.#model), milliseconds });
    this.#count(change, false);
  }

  /** What could not be done is told, and tried again later. */
  #failed(error: unknown, changes: readonly Change[]): void {
    const { onEvent } = this.#options;
    this.lookAtAll();
    if (!(error instanceof ChangeFailure)) {
      const failures = changes.map((change) => this.#count(change, true));
      if (Math.max(...failures) > 1) onEvent({ event: 'failed', error });
      return;
    }
    // The first time it may be that somebody else was changing the same thing just then: nothing is told, and it is looked at again.
    if (this.#count(error.change, true) === 1) return;
    onEvent({ event: 'failed', error: refused(error, 'kept', this.#model) });
  }

  /** Counts an attempt, and tells when it was one too many. Returns how many of the last ones failed. */
  #count(change: Change, failed: boolean): number {
    const resource = subject(change);
    const key = keyOf(resource);
    const now = performance.now();
    const { times, failures, waitMs } = this.#backoff.note(key, now, failed);
    if (waitMs === 0) return failures;
    const { onEvent } = this.#options;
    const what = describe(resource);
    if (waitMs === Infinity) onEvent({ event: 'given-up', what, times });
    else onEvent({ event: 'held', what, times, seconds: waitMs / 1000 });
    this.#held.set(key, resource.node);
    const next = this.#backoff.next(now);
    clearTimeout(this.#wake);
    if (next !== undefined) this.#wake = setTimeout(() => this.#tryAgain(), next - now + 1);
    return failures;
  }

  #tryAgain(): void {
    const nodes = new Set(this.#held.values());
    this.#dirt.add({ network: nodes, processes: nodes, files: true });
    const now = performance.now();
    const next = this.#backoff.next(now);
    if (next !== undefined) this.#wake = setTimeout(() => this.#tryAgain(), next - now + 1);
  }

  #overtaken(record: LabRecord | undefined): 'kept' | 'overtaken' | 'taken-over' {
    const text = record === undefined ? '' : textOf(record);
    // Told once; until the file can be followed, the lab is theirs.
    if (text === this.#foreign) return 'kept';
    this.#foreign = text;
    return record === undefined || record.file === recordedFile(this.#model) ? 'overtaken' : 'taken-over';
  }
}
