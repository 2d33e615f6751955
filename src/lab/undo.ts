import type { ApplyError } from '../errors.ts';
import type { Process, Resource } from '../model/resource.ts';
import { killKeeper } from '../process/kill.ts';
import { applyNetwork } from '../reconcile/apply.ts';
import { diff } from '../reconcile/diff.ts';
import { order } from '../reconcile/order.ts';
import { RunSurroundings } from '../reconcile/surroundings.ts';
import { keyOf } from '../resource/index.ts';
import { writeRecord } from '../state/record.ts';
import { netnsCleanup } from '../sys/netns-cleanup.ts';
import { restoring } from './host.ts';
import { findPrograms, observeLab, type ObservedLab } from './observe.ts';
import { isHere } from './changes.ts';
import { changeFiles, isFile } from './files.ts';
import { endProcesses, goesOn, keep, launchOf, nameOf } from './processes.ts';
import { launch } from './programs.ts';
import { removeFiles } from './session.ts';
import type { Work } from './up.ts';

/**
 * Brings back what was before this run. A lab that it made disappears whole; in a lab that ran already, the state before becomes
 * what is wanted, and what this run made is taken away.
 */
export async function undo(work: Work, before: ObservedLab): Promise<ApplyError['undone']> {
  const { model, session, host, options, created, journal, record } = work;
  if (options.keep === true) {
    work.wayOut?.bind(session.keeper.pid);
    return 'kept';
  }
  if (created) {
    killKeeper(session.keeper.pid);
    session[Symbol.dispose]();
    try {
      if (host !== undefined) await netnsCleanup();
      await host?.lock();
      await host?.takeBack();
    } catch {
      // Its record stays, for `down` to go by.
      return 'partly';
    }
    removeFiles(model.name);
    await netnsCleanup();
    return 'all';
  }
  const made = new Set([...journal].flatMap(({ wanted }) => (wanted === undefined ? [] : [keyOf(wanted)])));
  const isNetwork = (each: Resource): boolean => !isHere(each);
  const wanted = before.resources.filter(isNetwork);
  // What a node is, the record alone knows: first as this run may have made it, in the end as it was.
  const { during } = record;
  const ended = { ...during, nodes: { ...during.nodes, ...record.before?.nodes } };
  const look = (now: ObservedLab): ReturnType<typeof diff> =>
    diff(wanted, { resources: now.resources.filter(isNetwork), ours: made });
  try {
    await work.wayOut?.undo();
    await host?.lock();
    const now = observeLab(session, during, before.resources);
    const changes = order(look(now).changes);
    const around = new RunSurroundings(model.name, session.namespaces, wanted, now, changes);
    const run = {
      around,
      namespaces: session.namespaces,
      keeping: session,
      journal: new Set<never>(),
      ...restoring(host),
    };
    await applyNetwork(changes, { ...run, relentless: true });
    const files = before.resources.filter(isFile);
    const back = diff(files, { resources: now.resources.filter(isFile), ours: made }).changes;
    changeFiles(session, back, before.resources, new Set());
    const processes = before.resources.filter((each): each is Process => each.kind === 'process');
    const restored = await restoreProcesses(work, processes);
    // What a command has done, nobody can undo who does not know what it did.
    const ranSetup = [...journal].some(({ wanted: want }) => want?.kind === 'setup');
    if (record.before !== undefined) writeRecord(record.before);
    const left = look(observeLab(session, ended, before.resources)).changes;
    if (left.length === 0 && host !== undefined) host.write(host.before);
    return left.length === 0 && restored && !ranSetup ? 'all' : 'partly';
  } catch {
    // The failure that led here is the one to tell of; that its undo failed too is told by this word.
    return 'partly';
  }
}

/** Ends what this run started and starts again what it ended. False when that did not wholly work. */
async function restoreProcesses(work: Work, before: readonly Process[]): Promise<boolean> {
  const { session, journal } = work;
  const programs = findPrograms(session);
  const isThere = ({ node, name }: Process): boolean =>
    programs.some(({ node: on, program }) => on === node && program.name === name);
  const was = new Map(before.map((process) => [nameOf(process), process]));
  const touched: Process[] = [];
  for (const change of journal) {
    const { wanted } = change;
    if (wanted?.kind !== 'process' || !isThere(wanted)) continue;
    const old = was.get(nameOf(wanted));
    if (old !== undefined && goesOn(change)) keep(session, old);
    else touched.push(wanted);
  }
  await endProcesses(session, touched);
  const there = new Set(findPrograms(session).map(({ node, program }) => nameOf({ node, name: program.name })));
  // One that had failed or was stopped is not started by an undo.
  const ran = before.filter(({ state }) => state === undefined);
  for (const process of ran) if (!there.has(nameOf(process))) launch(launchOf(work), process);
  const now = new Set(findPrograms(session).map(({ node, program }) => nameOf({ node, name: program.name })));
  return ran.every((process) => now.has(nameOf(process)));
}
