import type { LabModel } from '../model/lab.ts';
import type { PlanReport } from '../model/report.ts';
import { diff, pruning } from '../reconcile/diff.ts';
import { order } from '../reconcile/order.ts';
import { describe } from '../resource/index.ts';
import { keeperOf } from '../state/keepers.ts';
import { readRecord } from '../state/record.ts';
import { checkConfinement } from './check-confinement.ts';
import { checkNamespaces } from './check-namespaces.ts';
import { checkNftables } from './check-nftables.ts';
import { planned } from './changes.ts';
import { explainChanges } from './explain.ts';
import { settleJoins } from './join.ts';
import { NOTHING, observeLab } from './observe.ts';
import { Parts } from './parts.ts';
import { prepare } from './prepare.ts';
import { requireNamespaces } from './privilege.ts';
import { refuseBeyondUser } from './rootless.ts';
import { settleRoots } from './rootfs.ts';
import { Session } from './session.ts';
import { WayOut } from './way-out.ts';

export interface PlanOptions {
  /** Give the plan as a script of ip, bridge, nft and sysctl commands too. */
  readonly explain?: boolean;
  /** Tell what `up` would do that also removes what others made. */
  readonly prune?: boolean;
  /** Take the topology's warnings for errors. */
  readonly strict?: boolean;
  /** Another name for the lab than its topology gives. */
  readonly name?: string;
}

/** What `up` would do to a lab, and why; with `explain` also as a script. Takes no lock and writes nothing. */
export async function plan(said: LabModel, { explain = false, prune = false }: PlanOptions = {}): Promise<PlanReport> {
  requireNamespaces('to plan a lab');
  const rooted = await settleRoots(said);
  checkNftables(rooted);
  checkConfinement(rooted);
  checkNamespaces(rooted);
  refuseBeyondUser(rooted);
  const model = settleJoins(rooted);
  const keeper = keeperOf(model.name);
  using parts = Parts.open(model.name, { model, keeper });
  using _wayOut = await WayOut.open(model, parts.host, { trial: true });
  const { wanted, warnings } = prepare(model, parts);
  using session = Session.open(model.name, keeper);
  session?.foreign.attach(parts);
  const observed = session === undefined ? NOTHING : observeLab(session, readRecord(model.name, keeper), wanted);
  const { changes, unmanaged } = diff(wanted, observed);
  const ordered = order([...changes, ...(prune ? pruning(unmanaged) : [])]);
  return {
    lab: model.name,
    file: model.file,
    running: session !== undefined,
    changes: ordered.map((change) => planned(change, model)),
    unmanaged: prune ? [] : unmanaged.map(describe),
    ...(explain ? { script: explainChanges(model, wanted, { ...parts.around(wanted), ...observed }, ordered) } : {}),
    warnings,
  };
}
