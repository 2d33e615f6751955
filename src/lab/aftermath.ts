/** What is said of a run that failed: what could not be done, the line that asked for it, and what became of the rest. */
import {
  type Aftermath,
  ApplyError,
  InterruptedError,
  KeeperError,
  NetlinkError,
  SystemError,
  VerifyError,
} from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import { ChangeFailure } from '../reconcile/apply.ts';
import { refused } from './changes.ts';
import { explainLimit } from './limits.ts';
import { placeOfRefusal } from './mounts.ts';
import { explainOwner } from './privilege.ts';

/** Of a run that failed before it had changed anything. */
export const NOTHING_DONE: Aftermath = { undone: 'nothing', left: [], restarted: [] };

/** What went wrong in the middle of a run, and what became of the rest. */
export function explain(error: unknown, aftermath: Aftermath, model: LabModel): unknown {
  if (error instanceof ApplyError)
    return new ApplyError(error.change, error.place, aftermath, explainLimit(error.cause, model));
  if (error instanceof ChangeFailure) {
    const { change, cause, at } = error;
    const { wanted } = change;
    const asked =
      cause instanceof KeeperError && wanted?.kind === 'namespace' ? placeOfRefusal(wanted, cause) : undefined;
    return refused(new ChangeFailure(change, explainLimit(cause, model), at ?? asked), aftermath, model);
  }
  if (error instanceof KeeperError && error.node !== undefined) return refusedStart(error, aftermath, model);
  if (error instanceof VerifyError) return new ApplyError(WHOLE, error.place, aftermath, error);
  if (error instanceof InterruptedError) return new InterruptedError(error.message, aftermath);
  return isOfTheMachine(error) ? new ApplyError(WHOLE, undefined, aftermath, explainLimit(error, model)) : error;
}

/** A node whose PID 1 could not start, with the line that asked for what was refused. */
function refusedStart(error: KeeperError, aftermath: Aftermath, model: LabModel): ApplyError {
  const node = model.resources.find((each) => each.kind === 'namespace' && each.node === error.node);
  const at = node?.kind === 'namespace' ? (placeOfRefusal(node, error) ?? node.at) : undefined;
  const place = at === undefined ? undefined : model.locate(at);
  return new ApplyError(`start node ${error.node}`, place, aftermath, explainLimit(explainOwner(error), model));
}

/** What went wrong before anything was begun: told like the rest, unless it has been told already. */
export function explainEarly(error: unknown, model: LabModel): unknown {
  const told = error instanceof ApplyError || error instanceof InterruptedError;
  return told ? error : explain(error, NOTHING_DONE, model);
}

const WHOLE = 'bring the lab into the state of its file';

/** Whether this is no answer to what was asked for, but something on the way to it that the machine refused. */
function isOfTheMachine(error: unknown): boolean {
  if (error instanceof SystemError || error instanceof KeeperError || error instanceof NetlinkError) return true;
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
