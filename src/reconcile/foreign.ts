/**
 * What of a namespace is the lab's that is somebody else's: the host's, or one that a node joins. There the record decides what is ours, and
 * nothing else is looked at: other labs stand beside, with the same marks, and a host may have thousands of devices and routes of its own.
 */
import type { Resource } from '../model/resource.ts';
import { keyOf } from '../resource/index.ts';
import { GROUP, PROTOCOL } from '../resource/kind.ts';
import type { Namespaces } from './namespaces.ts';
import { readAddresses } from './read/address.ts';
import { indexOf } from './read/host.ts';
import { type Device, type Names, readLinks } from './read/link.ts';
import { readFdb, readNeighbours } from './read/neighbour.ts';
import { readTable } from './read/netfilter.ts';
import { readRoutes } from './read/route.ts';
import { readRules } from './read/rule.ts';
import { readSysctls } from './read/sysctl.ts';

/** What of such a namespace is looked at. */
export interface ForeignScope {
  /** The host, or a node. */
  readonly node: string;
  /** The keys of what the lab has made there, or was about to: nothing else there is its own. */
  readonly made: ReadonlySet<string>;
  /** Its own interfaces that the lab's routes, rules and neighbours speak of. */
  readonly others: ReadonlySet<string>;
  /** The lab's nftables table there. */
  readonly table: string;
}

/** What was found there. */
export interface InForeign {
  /** The lab's own. */
  readonly devices: readonly Device[];
  readonly others: ReadonlyMap<string, number>;
  /** But for the devices. */
  readonly resources: readonly Resource[];
}

/** The names of the interfaces among the keys of a record. */
function linkNames({ node, made }: ForeignScope): string[] {
  const link = `link ${node}:`;
  return [...made].flatMap((key) => (key.startsWith(link) ? [key.slice(link.length)] : []));
}

/** Looks at what the scope names. A thing that bears no mark of ours, where there is a place for one, is somebody else's. */
export function observeForeign(namespaces: Namespaces, scope: ForeignScope, sysctls: ReadonlySet<string>): InForeign {
  const { node } = scope;
  const socket = namespaces.route(node);
  const devices = readLinks(node, socket, linkNames(scope)).filter(({ group }) => group === GROUP);
  const own: Names = new Map(devices.map(({ index, link }) => [index, link.name]));
  const others = new Map<string, number>();
  const names: Names = new Map(own);
  for (const name of scope.others) {
    const index = indexOf(socket, name);
    if (index === undefined || own.has(index)) continue;
    others.set(`${node}:${name}`, index);
    names.set(index, name);
  }
  const resources: Resource[] = [];
  const add = (resource: Resource): void => {
    if (scope.made.has(keyOf(resource))) resources.push(resource);
  };
  // What stands on a device of the lab's is the lab's if the record says so; IFA_PROTO is younger than many kernels.
  if (own.size > 0) for (const { resource } of readAddresses(node, socket, own)) add(resource);
  if (own.size > 0) for (const resource of readFdb(node, socket, own)) add(resource);
  for (const { resource, protocol } of [
    ...(has(scope, 'route') ? readRoutes(node, socket, names, PROTOCOL) : []),
    ...(has(scope, 'rule') ? readRules(node, socket) : []),
    ...(has(scope, 'neighbour') ? readNeighbours(node, socket, names) : []),
  ]) {
    if (protocol === PROTOCOL) add(resource);
  }
  const table = has(scope, 'netfilter') ? readTable(node, namespaces.netfilter(node), scope.table) : undefined;
  if (table !== undefined) add(table);
  resources.push(...readSysctls(node, namespaces.fd(node), socket, sysctls));
  return { devices, others, resources };
}

function has({ made }: ForeignScope, kind: Resource['kind']): boolean {
  for (const key of made) if (key.startsWith(`${kind} `)) return true;
  return false;
}
