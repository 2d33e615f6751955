/** What others made in a lab's nodes goes, where that was asked for; and what of ours goes along comes back. */
import { applyNetwork, ChangeFailure } from '../reconcile/apply.ts';
import { type Change, diff, pruning } from '../reconcile/diff.ts';
import { order } from '../reconcile/order.ts';
import { RunSurroundings } from '../reconcile/surroundings.ts';
import { isHere, refused, subject } from './changes.ts';
import { observeLab } from './observe.ts';
import type { Work } from './up.ts';

/** An address that goes takes those with it that were added after it, ours among them: then it takes a second round. */
const ROUNDS = 3;

/** Removes all that is not netlab's from the nodes; of what is somebody else's, the host's and what a node joins, nothing. Returns what was done. Throws ApplyError. */
export async function prune({ model, session, wanted, record, parts, options }: Work): Promise<Change[]> {
  const done: Change[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const now = observeLab(session, record.after, wanted);
    const { changes, unmanaged } = diff(wanted, now);
    const left = order([...pruning(unmanaged), ...changes.filter((each) => !isHere(subject(each)))]);
    if (left.length === 0) break;
    const { namespaces } = session;
    const around = new RunSurroundings(model.name, namespaces, wanted, now, left);
    const journal = new Set<Change>();
    try {
      await applyNetwork(left, { around, namespaces, keeping: session, journal, restore: parts.restore, ...options });
    } catch (error) {
      if (!(error instanceof ChangeFailure)) throw error;
      throw refused(error, 'kept', model);
    }
    done.push(...left);
  }
  return done;
}
