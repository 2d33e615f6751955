/** What becomes of a run that failed: a lab that it made disappears whole; a lab that ran already is brought back to what it was. */
import type { Aftermath } from '../errors.ts';
import type { Resource } from '../model/resource.ts';
import { applyNetwork, ChangeFailure } from '../reconcile/apply.ts';
import { type Change, diff } from '../reconcile/diff.ts';
import { order } from '../reconcile/order.ts';
import { RunSurroundings } from '../reconcile/surroundings.ts';
import { describe, keyOf } from '../resource/index.ts';
import { type LabRecord, writeRecord } from '../state/record.ts';
import { isHere, subject } from './changes.ts';
import { restoreFiles } from './files.ts';
import { observeLab, type ObservedLab } from './observe.ts';
import { restoreProcesses } from './restore-processes.ts';
import { type Texts, writeTexts } from './texts.ts';
import { unmake } from './unmake.ts';
import type { Work } from './up.ts';

/** Removing one thing takes others along, here as in `up`. */
const ROUNDS = 3;

/** Undoes a run, and says what came of that. Does not throw: the failure that led here is the one to tell of. */
export async function undo(work: Work, before: ObservedLab, texts: Texts | undefined): Promise<Aftermath> {
  const { model, session, parts, options, created } = work;
  if (options.keep === true) {
    work.wayOut?.bind(session.keeper.pid);
    return { undone: 'kept', left: [], restarted: [] };
  }
  if (created) return unmake(model.name, parts, session);
  const left: string[] = [];
  const restarted: string[] = [];
  const attempt = async (what: string, action: () => void | Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      const cause = error instanceof ChangeFailure ? error.cause : error;
      left.push(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  };
  // Nobody knows in the middle of which answer the connection to the keeper is.
  await attempt('the lab', () => session.renew());
  if (left.length > 0) return { undone: 'partly', left, restarted };
  await attempt('the way out', () => work.wayOut?.undo());
  await attempt('the host', () => parts.lock());
  // First in the nodes that are there: what a cover has taken along would be missed, and mounted twice.
  const there = new Set(session.namespaces.names());
  const files = (isIn: (node: string) => boolean): Promise<void> =>
    attempt('files', () => restoreFiles(session, [...work.journal], before.resources, isIn));
  await files((node) => there.has(node));
  await attempt('the network', async () => void left.push(...(await restoreNetwork(work, before))));
  await attempt('/etc/hosts and /etc/resolv.conf', () => texts && writeTexts(session.keeper.pid, texts));
  await files((node) => !there.has(node));
  await attempt('processes', async () => void restarted.push(...(await restoreProcesses(work, before))));
  left.push(...setupsRun(work));
  await attempt('the state folder', () => {
    // Of what is left the next run shall know.
    if (work.record.before !== undefined)
      writeRecord(left.length === 0 ? work.record.before : { ...work.record.during, nodes: shapes(work) });
    if (left.length === 0) parts.restoreRecords();
  });
  return { undone: left.length === 0 ? 'all' : 'partly', left, restarted };
}

/** Makes the namespaces and what stands in them what they were. What could not be is told. */
async function restoreNetwork(work: Work, before: ObservedLab): Promise<string[]> {
  const { model, session, parts, journal, record } = work;
  const made = new Set([...journal].flatMap(({ wanted }) => (wanted === undefined ? [] : [keyOf(wanted)])));
  const isNetwork = (each: Resource): boolean => !isHere(each);
  const wanted = before.resources.filter(isNetwork);
  const during: LabRecord = { ...record.during, nodes: shapes(work) };
  let left: readonly Change[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    // What a node is, the record alone knows: at first as this run may have made it, then as it was.
    const known = round === 0 ? during : { ...during, nodes: { ...during.nodes, ...record.before?.nodes } };
    const now = observeLab(session, known, before.resources);
    left = order(diff(wanted, { resources: now.resources.filter(isNetwork), ours: made }).changes);
    if (left.length === 0 || round === ROUNDS) break;
    const joining = parts.around(wanted);
    const around = { ...joining, devices: now.devices, others: new Map([...now.others, ...joining.others]) };
    await applyNetwork(left, {
      around: new RunSurroundings(model.name, session.namespaces, wanted, around, left),
      namespaces: session.namespaces,
      keeping: session,
      journal: new Set<never>(),
      restore: parts.restore,
      relentless: true,
    });
  }
  return left.map((each) => `${each.action} ${describe(subject(each))}: ${each.reason}`);
}

/** What each node is now: as it was, but for those on which this run has begun. */
function shapes({ journal, record: { before, during } }: Work): LabRecord['nodes'] {
  const begun = [...journal].flatMap(({ wanted }) => (wanted?.kind === 'namespace' ? [wanted.node] : []));
  const own = Object.entries(during.nodes).filter(([node]) => begun.includes(node));
  return { ...during.nodes, ...before?.nodes, ...Object.fromEntries(own) };
}

/** What a command has done in a node that stays, nobody can undo who does not know what it did. */
function setupsRun({ journal, record }: Work): string[] {
  const nodes = [...journal].flatMap(({ wanted }) => (wanted?.kind === 'setup' ? [wanted.node] : []));
  return nodes
    .filter((node) => record.before?.nodes[node] !== undefined)
    .map((node) => `what the setup of ${node} has done`);
}
