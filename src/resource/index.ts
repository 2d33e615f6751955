/** Every kind of resource, in the order in which they build on each other. */
import type { Resource, ResourceKind } from '../model/resource.ts';
import { address } from './address.ts';
import { fdb } from './fdb.ts';
import { file } from './file.ts';
import type { Kind } from './kind.ts';
import { link } from './link.ts';
import { namespace } from './namespace.ts';
import { neighbour } from './neighbour.ts';
import { netfilter } from './netfilter.ts';
import { nftText } from './nft-text.ts';
import { process } from './process.ts';
import { route } from './route.ts';
import { rule } from './rule.ts';
import { setup } from './setup.ts';
import { sysctl } from './sysctl.ts';
import { table } from './table.ts';

const kinds = {
  namespace,
  link,
  sysctl,
  address,
  route,
  rule,
  neighbour,
  fdb,
  netfilter,
  nftables: nftText,
  table,
  file,
  setup,
  process,
};

/** The kinds' names; a kind may lean on those before it and on none after it. */
export const KIND_ORDER = Object.keys(kinds) as ResourceKind[];

/** The kind of a resource. */
export function kindOf<R extends Resource>(resource: R): Kind<R> {
  // A resource and the entry under its kind's name always belong together; TypeScript cannot follow that through the union.
  return kinds[resource.kind] as unknown as Kind<R>;
}

/** Unique in a lab over all kinds. */
export function keyOf(resource: Resource): string {
  return `${resource.kind} ${kindOf(resource).key(resource)}`;
}

/** In words: `address 10.0.0.1/24 on r1:eth0`. */
export function describe(resource: Resource): string {
  return kindOf(resource).describe(resource);
}
