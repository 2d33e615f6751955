/** From the model of a file to what shall stand on this machine. */
import type { Problem } from '../errors.ts';
import type { Uplink } from '../model/host.ts';
import type { LabModel } from '../model/lab.ts';
import type { Resource } from '../model/resource.ts';
import { complete } from '../reconcile/complete.ts';
import type { Host } from './host.ts';
import { checkParts } from './part-check.ts';
import type { Parts } from './parts.ts';
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

/** Fills in what the file leaves open; for a lab with parts of what is somebody else's, as they allow. Throws HostError. */
export function prepare(model: LabModel, parts: Parts): Prepared {
  const { resources, uplinks } = withWaysOut(model, parts.host);
  const wanted = complete(model.name, resources);
  const there = parts.wanted(wanted);
  for (const part of there) part.speaksOf(wanted);
  const warnings = there.length === 0 ? [] : checkParts(parts, there, model, wanted);
  return { wanted, uplinks, warnings: [...warnings, ...(parts.host === undefined ? [] : resolverWarnings(model))] };
}

function withWaysOut(model: LabModel, host: Host | undefined): Pick<Prepared, 'uplinks'> & Pick<LabModel, 'resources'> {
  if (host === undefined) return { resources: model.resources, uplinks: [] };
  const uplinks = settleUplinks6(model, host, settleUplinks(model, host));
  return { resources: withUplinks6(model.name, host, withUplinks(model, uplinks), uplinks), uplinks };
}
