/**
 * What of the host's namespace is the lab's. There the record decides what is ours, and nothing else is looked at: other labs stand
 * beside, with the same marks, and a host may have thousands of devices and routes of its own.
 */
import { HOST } from '../model/host.ts';
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

/** What of the host's namespace is looked at. */
export interface HostScope {
  /** The keys of what the lab has made there, or was about to: nothing else there is its own. */
  readonly made: ReadonlySet<string>;
  /** The host's own interfaces that the lab's routes, rules and neighbours speak of. */
  readonly others: ReadonlySet<string>;
  /** The lab's nftables table there. */
  readonly table: string;
}

/** What was found there. */
export interface OnHost {
  /** The lab's own. */
  readonly devices: readonly Device[];
  readonly others: ReadonlyMap<string, number>;
  /** But for the devices. */
  readonly resources: readonly Resource[];
}

const LINK = `link ${HOST}:`;

/** The names of the interfaces among the keys of a record. */
export function linkNames(made: Iterable<string>): string[] {
  return [...made].flatMap((key) => (key.startsWith(LINK) ? [key.slice(LINK.length)] : []));
}

/** Looks at what the scope names. A thing that bears no mark of ours, where there is a place for one, is somebody else's. */
export function observeHost(namespaces: Namespaces, scope: HostScope, sysctls: ReadonlySet<string>): OnHost {
  const socket = namespaces.route(HOST);
  const devices = readLinks(HOST, socket, linkNames(scope.made)).filter(({ group }) => group === GROUP);
  const own: Names = new Map(devices.map(({ index, link }) => [index, link.name]));
  const others = new Map<string, number>();
  const names: Names = new Map(own);
  for (const name of scope.others) {
    const index = indexOf(socket, name);
    if (index === undefined || own.has(index)) continue;
    others.set(`${HOST}:${name}`, index);
    names.set(index, name);
  }
  const resources: Resource[] = [];
  const add = (resource: Resource): void => {
    if (scope.made.has(keyOf(resource))) resources.push(resource);
  };
  // What stands on a device of the lab's is the lab's if the record says so; IFA_PROTO is younger than many kernels.
  if (own.size > 0) for (const { resource } of readAddresses(HOST, socket, own)) add(resource);
  if (own.size > 0) for (const resource of readFdb(HOST, socket, own)) add(resource);
  for (const { resource, protocol } of [
    ...(has(scope, 'route') ? readRoutes(HOST, socket, names, PROTOCOL) : []),
    ...(has(scope, 'rule') ? readRules(HOST, socket) : []),
    ...(has(scope, 'neighbour') ? readNeighbours(HOST, socket, names) : []),
  ]) {
    if (protocol === PROTOCOL) add(resource);
  }
  const table = has(scope, 'netfilter') ? readTable(HOST, namespaces.netfilter(HOST), scope.table) : undefined;
  if (table !== undefined) add(table);
  resources.push(...readSysctls(HOST, namespaces.fd(HOST), socket, sysctls));
  return { devices, others, resources };
}

function has({ made }: HostScope, kind: Resource['kind']): boolean {
  for (const key of made) if (key.startsWith(`${kind} `)) return true;
  return false;
}
