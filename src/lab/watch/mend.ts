/** Makes a running lab again what it was: the changes of a look, and nothing else. */
import type { LabModel } from '../../model/lab.ts';
import type { Resource } from '../../model/resource.ts';
import { applyNetwork } from '../../reconcile/apply.ts';
import type { Change } from '../../reconcile/diff.ts';
import { RunSurroundings } from '../../reconcile/surroundings.ts';
import type { LabRecord } from '../../state/record.ts';
import { isHere, subject } from '../changes.ts';
import { changeFiles } from '../files.ts';
import { Parts } from '../parts.ts';
import { startProcesses, stopProcesses } from '../processes.ts';
import type { Session } from '../session.ts';
import type { Work } from '../up.ts';
import type { Seen } from './look.ts';

/** What is mended, and by what it is known. */
export interface Patient {
  readonly model: LabModel;
  readonly session: Session;
  readonly parts: Parts;
  readonly wanted: readonly Resource[];
  readonly record: LabRecord;
  readonly signal: AbortSignal;
}

/**
 * Mends the network and the files. Nothing is undone when something is refused: what is mended by then is better than what was.
 * @throws ChangeFailure for the first change that the kernel refuses; those after it are not made. InterruptedError.
 */
export async function mend(patient: Patient, { devices, others }: Seen, changes: readonly Change[]): Promise<void> {
  const { model, session, parts, wanted, signal } = patient;
  const network = changes.filter((each) => !isHere(subject(each)));
  const journal = new Set<Change>();
  if (network.length > 0) {
    const { namespaces } = session;
    const around = new RunSurroundings(model.name, namespaces, wanted, { devices, others }, network);
    await applyNetwork(network, { around, namespaces, keeping: session, journal, signal, restore: parts.restore });
  }
  changeFiles(session, changes, wanted, journal);
}

/** Starts the processes that do not run, and waits until they are ready. Throws ApplyError, InterruptedError. */
export async function restart(patient: Patient, changes: readonly Change[]): Promise<void> {
  const { model, session, wanted, record, signal } = patient;
  const work: Work = {
    model,
    session,
    parts: Parts.NONE,
    uplinks: [],
    // One for this time: whoever waits leaves a listener on it.
    options: { signal: AbortSignal.any([signal]) },
    created: false,
    wanted,
    record: { before: record, during: record, after: record },
    journal: new Set(),
  };
  await stopProcesses(work, changes);
  await startProcesses(work, changes);
}
