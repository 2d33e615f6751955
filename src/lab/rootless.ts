/** What a topology asks for that only root can give: named with its line before anything is made. */
import { accessSync, constants } from 'node:fs';

import { type Problem, SystemError, TopologyError } from '../errors.ts';
import { HOST } from '../model/host.ts';
import type { LabModel } from '../model/lab.ts';
import { joinWords } from '../model/namespace.ts';
import type { Namespace, Resource } from '../model/resource.ts';
import { sysctlPath } from '../resource/sysctl.ts';
import { UPLINK_PROGRAMS } from '../process/uplink-programs.ts';
import { idMapsOf, isInLab } from '../process/user-namespace.ts';
import { type HandedOutside, INSIDE, OUTSIDE } from '../state/places.ts';
import { noOthers, type Population, userRefusal } from './other-ids.ts';
import { forwardedPorts } from './published.ts';

/** Throws TopologyError when this process is root of a user namespace alone, and the topology needs more than that. */
export function refuseBeyondUser(model: LabModel): void {
  if (!INSIDE) return;
  const problems = beyondUser(model.resources, canWrite, OUTSIDE).map(([resource, message]): Problem => {
    const { file, line, column, path } = model.locate(resource.at ?? []);
    return { file, line, column, path, message, severity: 'error' };
  });
  if (problems.length > 0) throw TopologyError.of(problems);
}

/**
 * The resources that an ordinary user cannot have, and why not: one for each place. `writable` says whether he may write a setting;
 * `outside`, what he has of the machine's network; `isThere`, who there is in the lab.
 */
export function beyondUser(
  resources: readonly Resource[],
  writable: (path: string) => boolean,
  outside?: Omit<HandedOutside, 'warden'>,
  isThere?: Population,
): (readonly [Resource, string])[] {
  const answers = new Map<string, boolean>();
  const told = new Set<string>();
  const problems: (readonly [Resource, string])[] = [];
  const unreachable = noWayOut(outside);
  const closed = lowPorts(resources, outside);
  const ownRoots = new Set(
    resources.flatMap((each) => (each.kind === 'namespace' && each.rootfs !== undefined ? [each.node] : [])),
  );
  for (const resource of [...resources, ...closed.keys()]) {
    const each = whereSaid(resource);
    const message =
      each.node === HOST && unreachable !== undefined
        ? unreachable
        : closed.has(resource)
          ? closed.get(resource)
          : each.kind === 'sysctl'
            ? refusal(each.key)
            : each.kind === 'namespace'
              ? each.join === undefined
                ? idsRefusal(each)
                : `found ${joinWords(each.join)}, but an ordinary user's labs are in a user namespace of their own, to which nothing outside belongs: to join it takes root`
              : each.kind === 'process'
                ? userRefusal(each, ownRoots.has(each.node), isThere)
                : undefined;
    // The host's loopback is nobody's wish.
    if (message === undefined || (each.node === HOST && each.at === undefined)) continue;
    const place = each.at?.join('\n') ?? `${each.node} ${message}`;
    if (told.has(place)) continue;
    told.add(place);
    problems.push([each, message]);
  }
  return problems;

  function refusal(key: string): string | undefined {
    const path = sysctlPath(withoutDevice(key));
    const answer = answers.get(path) ?? writable(path);
    answers.set(path, answer);
    if (answer) return undefined;
    return `found ${key}, expected a setting that the network namespace of an ordinary user has: this one needs root`;
  }
}

/** In the lab of an ordinary user there are only the ids that the lab itself has. */
function idsRefusal(namespace: Namespace): string | undefined {
  try {
    idMapsOf(namespace);
    return undefined;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const more = isInLab('uid', 1)
      ? 'the ranges that he has are in /etc/subuid and /etc/subgid'
      : `others are not there, ${noOthers()}`;
    return `found ids (${error.subject}) that this user does not have: ${more}`;
  }
}

/** A process is refused for its user, and at that word; a node for its ids. */
function whereSaid(resource: Resource): Resource {
  if (resource.kind === 'namespace' && resource.at !== undefined && resource.join !== undefined)
    return { ...resource, at: [...resource.at, 'join'] };
  if (resource.kind === 'namespace' && resource.at !== undefined && resource.ids !== undefined)
    return { ...resource, at: [...resource.at, 'uid_map'] };
  if (resource.kind !== 'process' || resource.at === undefined || resource.user === undefined) return resource;
  return { ...resource, at: [...resource.at, 'user'] };
}

const ON_HOST =
  "this needs a way into the machine's own network (host), which an ordinary user's lab gets from slirp4netns or pasta";

/** Why nothing can be joined to the machine's network; undefined when it can. */
function noWayOut(outside: Omit<HandedOutside, 'warden'> | undefined): string | undefined {
  // It was looked for when the command began, if the file asked for it then.
  if (outside === undefined) return `${ON_HOST}: end this command, and type it again`;
  if (outside.program === undefined) {
    const packages = UPLINK_PROGRAMS.map(([, name]) => name).join(' or ');
    return `${ON_HOST}, and neither is installed: install the package ${packages}, or run netlab as root`;
  }
  if (outside.hindrance === undefined) return undefined;
  const { fact, remedy } = outside.hindrance;
  return `${ON_HOST}; but ${fact}: as root, ${remedy}; or run netlab as root`;
}

/** The places of published ports that the machine keeps for root. */
function lowPorts(
  resources: readonly Resource[],
  outside: Omit<HandedOutside, 'warden'> | undefined,
): Map<Resource, string> {
  const table = resources.find((each) => each.node === HOST && each.kind === 'netfilter');
  if (outside === undefined || table === undefined) return new Map();
  const low = forwardedPorts(resources, outside.interface).filter(({ port }) => port < outside.lowestPort);
  return new Map(
    low.map(({ port, at }) => [
      { ...table, at: at === undefined ? table.at : [...at, 'port'] } as Resource,
      `found port ${port}, but on this machine an ordinary user has only those from ${outside.lowestPort} on (net.ipv4.ip_unprivileged_port_start): a lower one needs root`,
    ]),
  );
}

/** The devices of the lab are not there yet; what settings a device has, `default` has too. */
function withoutDevice(key: string): string {
  return key.replace(/^(net\.(?:ipv4|ipv6)\.(?:conf|neigh))\.[^.]+\./, '$1.default.');
}

/** In our own network namespace, which is as new as the nodes' will be. */
function canWrite(path: string): boolean {
  try {
    accessSync(`/proc/sys/${path}`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
