/** The processes of a lab as they were before a run that failed. */
import type { Process } from '../model/resource.ts';
import { subject } from './changes.ts';
import { launch } from './launches.ts';
import { boundLogs } from './log-files.ts';
import { findPrograms, type ObservedLab } from './observe.ts';
import { endProcesses, goesOn, keep, nameOf, prepareNodes } from './processes.ts';
import type { Launch, ProcessName } from './programs.ts';
import type { Work } from './up.ts';

/**
 * Ends what the run has started, and starts again what it has ended: the names of these. What it has not touched is left alone.
 * Whether they become ready is not waited for. Throws the first failure, when all has been tried.
 */
export async function restoreProcesses(work: Work, before: ObservedLab): Promise<string[]> {
  const { session, journal } = work;
  const begun = [...journal].filter((change) => subject(change).kind === 'process');
  const kept = new Set(begun.filter(goesOn).map((change) => nameOf(subject(change) as Process)));
  const ended = new Set(begun.filter((change) => !goesOn(change)).map((change) => nameOf(subject(change) as Process)));
  // One that was asked to end may not have done so yet: nothing tells it from one that was not asked.
  const names = (): ProcessName[] => findPrograms(session).map(({ node, program: { name } }) => ({ node, name }));
  await endProcesses(
    session,
    names().filter((each) => ended.has(nameOf(each))),
  );

  prepareNodes({ session, wanted: before.resources }, new Set(before.inits));
  const there = new Set(names().map(nameOf));
  const how = launchBefore(work);
  const again: string[] = [];
  let failure: unknown;
  for (const process of before.resources) {
    // One that had failed or was stopped is not started by an undo.
    if (process.kind !== 'process' || process.state !== undefined) continue;
    const name = nameOf(process);
    try {
      if (!there.has(name)) {
        launch(how, process);
        again.push(name);
      } else if (kept.has(name)) {
        boundLogs(session, [process]);
        keep(session, process);
      }
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return again;
}

/** What programs were started from before this run. */
function launchBefore({ session, model, record }: Work): Launch {
  const { before } = record;
  return {
    session,
    file: before?.file ?? model.file,
    node: (name) => before?.nodes[name],
  };
}
