/** Changes in words and with their places, for the reports of `plan` and `up`. */
import { type Aftermath, ApplyError } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import type { Place } from '../model/place.ts';
import type { PlannedChange } from '../model/report.ts';
import type { Resource } from '../model/resource.ts';
import type { ChangeFailure } from '../reconcile/apply.ts';
import type { Change } from '../reconcile/diff.ts';
import { describe } from '../resource/index.ts';

/** The resource that a change is about: as wanted, or as found when it goes. */
export function subject({ wanted, found }: Change): Resource {
  return (wanted ?? found)!;
}

/** The line of the file that asks for a change. A removal has none. */
export function placeOf(change: Change, model: LabModel): Place | undefined {
  const at = change.wanted?.at;
  return at === undefined ? undefined : model.locate(at);
}

/** A change as the reports have it. Without a model it is told without its line: to find thousands of lines takes a while. */
export function planned(change: Change, model: LabModel | undefined): PlannedChange {
  const resource = subject(change);
  const at = model === undefined ? undefined : placeOf(change, model);
  return {
    action: change.action,
    kind: resource.kind,
    node: resource.node,
    what: describe(resource),
    reason: change.reason,
    differences: change.differences,
    ...(change.disturbs === undefined ? {} : { disturbs: change.disturbs }),
    ...(at === undefined ? {} : { at }),
  };
}

/** The nodes in which changes are made, and the far ends of links that are. */
export function nodesOf(changes: readonly Change[]): Set<string> {
  const nodes = new Set<string>();
  const add = (resource: Resource | undefined): void => {
    if (resource === undefined || isHere(resource)) return;
    nodes.add(resource.node);
    if (resource.kind === 'link' && resource.peer !== undefined) nodes.add(resource.peer.node);
  };
  for (const { wanted, found } of changes) {
    add(wanted);
    add(found);
  }
  return nodes;
}

/** A refused change with the line that asked for it, and what became of the rest. */
export function refused(
  { change, cause, at }: ChangeFailure,
  aftermath: Aftermath | Aftermath['undone'],
  model: LabModel,
): ApplyError {
  const place = at === undefined ? placeOf(change, model) : model.locate(at);
  return new ApplyError(`${change.action} ${describe(subject(change))}`, place, aftermath, cause);
}

/** Whether a resource is no business of the network's: what runs in the nodes, and the files that it sees. */
export function isHere({ kind }: Resource): boolean {
  return kind === 'process' || kind === 'file' || kind === 'setup';
}
