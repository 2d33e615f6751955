/** From the model of a file to what shall stand on this machine. */
import type { Problem } from '../errors.ts';
import type { Uplink } from '../model/host.ts';
import type { LabModel } from '../model/lab.ts';
import type { Resource } from '../model/resource.ts';
import { complete } from '../reconcile/complete.ts';
import type { Host } from './host.ts';
import { checkHost } from './host-check.ts';
import { resolverWarnings } from './resolver.ts';
import { settleUplinks, withUplinks } from './uplinks.ts';
import { settleUplinks6, withUplinks6 } from './uplinks6.ts';

/** What one lab shall be here. */
export interface Prepared {
  readonly wanted: readonly Resource[];
  readonly uplinks: readonly Uplink[];
  /** What of this machine is suspicious, by line of the file. */
  readonly warnings: readonly Problem[];
}

/** Fills in what the file leaves open; for a lab with a part on the host, as the host allows. Throws HostError. */
export function prepare(model: LabModel, host: Host | undefined): Prepared {
  if (host === undefined) return { wanted: complete(model.name, model.resources), uplinks: [], warnings: [] };
  const uplinks = settleUplinks6(model, host, settleUplinks(model, host));
  const resources = withUplinks6(model.name, host, withUplinks(model, uplinks), uplinks);
  const wanted = complete(model.name, resources);
  host.speaksOf(wanted);
  return { wanted, uplinks, warnings: [...checkHost(host, model, wanted), ...resolverWarnings(model)] };
}
