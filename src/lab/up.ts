/** The story of `up`: observe, compare, change, look again; and undo when something fails. */
import { InterruptedError, LabError, VerifyError } from '../errors.ts';
import { HOST, type Uplink } from '../model/host.ts';
import { hostsText } from '../model/hosts.ts';
import type { LabModel } from '../model/lab.ts';
import type { Progress, UpReport } from '../model/report.ts';
import type { Resource, ResourceKind } from '../model/resource.ts';
import { applyNetwork } from '../reconcile/apply.ts';
import { type Change, diff } from '../reconcile/diff.ts';
import type { Scope } from '../reconcile/observe.ts';
import { newNamespaces } from '../reconcile/new-namespaces.ts';
import { order } from '../reconcile/order.ts';
import type { Device } from '../reconcile/read/link.ts';
import { RunSurroundings } from '../reconcile/surroundings.ts';
import { describe } from '../resource/index.ts';
import { keeperOf } from '../state/keepers.ts';
import { type LabLock, lockLab } from '../state/lock.ts';
import { writeOwner } from '../state/owner.ts';
import { type LabRecord, readRecord, writeRecord } from '../state/record.ts';
import { writeTurned } from '../state/turned.ts';
import { explain, explainEarly, NOTHING_DONE } from './aftermath.ts';
import { isHere, nodesOf, placeOf, subject } from './changes.ts';
import { changeFiles, checkFiles, nodesToMount } from './files.ts';
import { withRoots } from './images.ts';
import { kernelIsDone } from './late.ts';
import { holdsLockAlone, isBare } from './list.ts';
import { furnished, NOTHING, observeLab, observeMembers, type ObservedLab } from './observe.ts';
import { removeLogs } from './log-files.ts';
import { Parts } from './parts.ts';
import { prepare } from './prepare.ts';
import { requireNamespaces } from './privilege.ts';
import { beginNodes, nodesToFurnish, prepareNodes, startProcesses, stopProcesses } from './processes.ts';
import { newRecord, underWay } from './record.ts';
import { reportOf } from './report.ts';
import { resolverText } from './resolver.ts';
import { removeFiles, removeHandles } from './remains.ts';
import { Session } from './session.ts';
import { settle } from './settle.ts';
import { runSetups } from './setup.ts';
import { readTexts, type Texts, writeTexts } from './texts.ts';
import { undo } from './undo.ts';
import { unmake } from './unmake.ts';
import { closeWayOut, WayOut } from './way-out.ts';

export interface UpOptions {
  /** Ctrl-C: what was done is undone, and InterruptedError thrown. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Called once when another netlab is at work on the lab: with its pid. */
  readonly onWait?: (holder: string) => void;
  /** Leave a failed lab as it is. */
  readonly keep?: boolean;
  /** Remove what others made in the lab's nodes, too. */
  readonly prune?: boolean;
  /** Take the topology's warnings for errors. */
  readonly strict?: boolean;
  /** Another name for the lab than its topology gives: several of one topology, side by side. */
  readonly name?: string;
  /** Leave the lab when this program ends; otherwise one that it has made ends with it. */
  readonly detach?: boolean;
  /** The lab must be a new one: TakenError when one of its name runs. */
  readonly fresh?: boolean;
}

/** A lab that is to be new is there already. */
export class TakenError extends LabError {}

/** What the state folder said before, and what it says meanwhile, and what it will say. */
interface Records {
  readonly before: LabRecord | undefined;
  readonly during: LabRecord;
  readonly after: LabRecord;
}

/** What one `up` works with, from the first look at the kernel to the last. */
export interface Work {
  readonly model: LabModel;
  readonly session: Session;
  /** The lab's parts of what is somebody else's. */
  readonly parts: Parts;
  /** An ordinary user's way to the machine's network. */
  readonly wayOut?: WayOut;
  readonly uplinks: readonly Uplink[];
  readonly options: UpOptions;
  /** The lab did not exist before. */
  readonly created: boolean;
  readonly wanted: readonly Resource[];
  readonly record: Records;
  /** Everything that was begun, for the undo. */
  readonly journal: Set<Change>;
}

/** How often a lab is compared and changed before what is left counts as a failure: removing an address takes routes with it. */
const ROUNDS = 3;

/**
 * Makes the kernel equal to a topology, and starts its processes.
 * @throws ApplyError when a change is refused, a process does not become ready, or the kernel is not as wanted in the end;
 * InterruptedError. What was done has been undone then.
 */
export async function up(said: LabModel, options: UpOptions = {}): Promise<UpReport> {
  const started = performance.now();
  requireNamespaces('to bring a lab up');
  const model = await settle(said);
  const lock = await lockLab(model.name, options).catch((error: unknown) => {
    // A folder without a lock is nobody's lab.
    isBare(model.name);
    throw error;
  });
  try {
    return await withRoots(model, options, () => bringUp(model, options, lock, started));
  } catch (error) {
    // A folder with the lock alone is nobody's lab.
    if (holdsLockAlone(model.name) && keeperOf(model.name) === undefined) removeFiles(model.name);
    throw explainEarly(error, model);
  } finally {
    lock.release();
  }
}

async function bringUp(model: LabModel, options: UpOptions, lock: LabLock, started: number): Promise<UpReport> {
  const keeper = keeperOf(model.name);
  using parts = Parts.open(model.name, { model, keeper });
  await parts.lock(options);
  if (options.fresh === true && keeper !== undefined) throw new TakenError(`there is a lab ${model.name} already`);
  using existing = Session.open(model.name, keeper);
  const created = existing === undefined;
  let session = existing;
  let wayOut: WayOut | undefined;
  let begun = false;
  try {
    const before = created ? undefined : readRecord(model.name, keeper);
    existing?.mendFiles();
    existing?.finishDrops();
    if (created) removeHandles(model.name);
    // What an earlier run with a keeper that is dead now has left on the host.
    if (created) await parts.takeBack();
    wayOut = await WayOut.open(model, parts.host, { ...options, keeper: existing?.keeper.pid });
    const settled = parts.any ? prepare(model, parts) : undefined;
    session ??= Session.create(model.name, model.hosts, lock);
    // From here on the keeper makes namespaces while this process works out what to put into them.
    if (created) session.begin(newNamespaces(settled?.wanted ?? model.resources));
    lock.keptBy(session.keeper.pid);
    parts.keptBy(session.keeper.pid);
    session.foreign.attach(parts);
    const prepared = settled ?? prepare(model, parts);
    const { wanted } = prepared;
    const after = newRecord(model, wanted, session.keeper.pid, before);
    const present = session.namespaces.names();
    let during: LabRecord | undefined;
    const work: Work = {
      model,
      session,
      parts,
      ...(wayOut === undefined ? {} : { wayOut }),
      uplinks: prepared.uplinks,
      options,
      created,
      wanted,
      record: {
        before,
        // Worked out when something is to be changed.
        get during() {
          return (during ??= underWay(after, before, present));
        },
        after,
      },
      journal: new Set(),
    };
    const found = created ? NOTHING : observeLab(session, before, wanted);
    const texts = created ? undefined : readTexts(session.keeper.pid);
    begun = true;
    return await carryOut(work, found, texts, prepared.warnings, started);
  } catch (error) {
    // What has been begun has been undone.
    if (begun) throw error;
    await wayOut?.undo();
    throw explain(error, created ? await unmake(model.name, parts, session) : NOTHING_DONE, model);
  } finally {
    wayOut?.[Symbol.dispose]();
    if (created) session?.[Symbol.dispose]();
  }
}

async function carryOut(
  work: Work,
  found: ObservedLab,
  texts: Texts | undefined,
  warnings: UpReport['warnings'],
  started: number,
): Promise<UpReport> {
  const { model, session, created, wanted, record, parts, options } = work;
  let before = found;
  let outcome: Pick<UpReport, 'unmanaged'> & { readonly ordered: readonly Change[] };
  try {
    if (created && parts.host !== undefined)
      before = { ...NOTHING, ...observeMembers(session, undefined, wanted, { nodes: [HOST] }) };
    const { changes, unmanaged } = diff(wanted, before);
    const ordered = order(changes);
    // Written first: should this process be killed, the next one knows what may stand there.
    const stands = parts.begin(wanted, work.uplinks);
    if (created || ordered.length > 0) writeRecord(record.during);
    if (created) writeOwner(model.name, session.keeper.pid, options.detach === true);
    await change(work, before, ordered);
    writeRecord(record.after);
    // What was turned by hand is as the file says now.
    writeTurned(model.name, session.keeper.pid, {});
    parts.write(stands);
    work.wayOut?.bind(session.keeper.pid);
    if (work.wayOut === undefined) await closeWayOut(model.name, session.keeper.pid);
    outcome = { ordered, unmanaged: unmanaged.map(describe) };
  } catch (error) {
    throw explain(error, await undo(work, before, texts), model);
  }
  const { ordered, unmanaged } = outcome;
  removeLogs(model.name, ordered);
  // Last of all: what others made, nobody could make again.
  const pruned = options.prune === true ? await (await import('./prune.ts')).prune(work) : [];
  const changes = [...ordered, ...pruned];
  return reportOf(work, { changes, unmanaged: options.prune === true ? [] : unmanaged, warnings, started });
}

/** Makes changes: processes that go, the network until it is as wanted, files, setups, processes that come. */
async function change(work: Work, before: ObservedLab, changes: readonly Change[]): Promise<void> {
  const { model, session, options, wanted, journal } = work;
  const isProcess = (each: Change): boolean => subject(each).kind === 'process';
  const isNetwork = (each: Change): boolean => !isHere(subject(each));

  checkFiles(changes, wanted);
  await stopProcesses(work, changes.filter(isProcess));

  let left = changes.filter(isNetwork);
  const { parts } = work;
  const joining = parts.around(wanted);
  const others = new Map([...before.others, ...joining.others]);
  let devices = before.devices;
  const late = new Map<string, number>();
  for (let round = 1; left.length > 0; round++) {
    if (round > ROUNDS) {
      const differences = left.map((each) => `${each.action} ${describe(subject(each))}: ${each.reason}`);
      throw new VerifyError(differences, placeOf(left[0]!, model));
    }
    const around = new RunSurroundings(model.name, session.namespaces, wanted, { ...joining, devices, others }, left);
    await applyNetwork(left, {
      around,
      namespaces: session.namespaces,
      keeping: session,
      journal,
      restore: parts.restore,
      ...options,
    });
    if (work.created && round === 1) beginNodes(work);
    // Only where something was changed can anything have become different by it.
    const scope = touched(left, session, wanted, devices);
    const nodes = new Set(scope.nodes);
    const concerned = wanted.filter((each) => nodes.has(each.node) && !isHere(each));
    const now = observeMembers(session, work.record.after, concerned, scope, furnished(session, left));
    devices = new Map([...(scope.known ?? []), ...now.devices]);
    for (const [node, addresses] of now.late) late.set(node, addresses);
    left = order(diff(concerned, now).changes);
  }
  await kernelIsDone(session.namespaces, devices, late, options.signal);
  if (options.signal?.aborted === true) throw new InterruptedError();

  // Other labs need not wait for this one's processes.
  parts.unlock();
  const resolver = work.uplinks.length > 0 ? resolverText() : undefined;
  writeTexts(session.keeper.pid, { hosts: hostsText(model.hosts), resolver });
  changeFiles(session, changes, wanted, journal);
  // What cannot be mounted, or be bounded, shall fail here, and not at the first command in the node.
  prepareNodes(work, new Set([...nodesToMount(changes, wanted), ...nodesToFurnish(changes)]));
  await runSetups(work, changes);
  await startProcesses(
    work,
    changes.filter((each) => isProcess(each) && each.wanted !== undefined),
  );
}

/** The nodes in which changes were made, and the far ends of links that were. */
function touched(
  changes: readonly Change[],
  session: Session,
  wanted: readonly Resource[],
  devices: ReadonlyMap<string, Device>,
): Scope {
  const nodes = nodesOf(changes);
  const made = changes.flatMap(({ action, wanted: want }) =>
    want?.kind === 'namespace' && action !== 'update' ? [want.node] : [],
  );
  const fresh = new Map(made.map((node) => [node, new Set<ResourceKind>()]));
  for (const { node, kind } of wanted) fresh.get(node)?.add(kind);
  return {
    nodes: [...nodes].filter((node) => session.namespaces.has(node)),
    fresh,
    known: new Map([...devices].filter(([, { link }]) => !nodes.has(link.node))),
  };
}
