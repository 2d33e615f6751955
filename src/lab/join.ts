/** Which namespaces a file's nodes join: found out before anything is touched, since a pid or a name may mean another one tomorrow. */
import { closeSync, constants, openSync, statfsSync, statSync } from 'node:fs';

import { HostError, LabError, type Problem, SystemError } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import { type Join, joinPath, joinWords } from '../model/namespace.ts';
import type { Namespace, Resource } from '../model/resource.ts';
import { Keeper } from '../process/keeper.ts';
import { currentNetns } from '../state/host.ts';
import { keepers } from '../state/keepers.ts';
import { netnsIdentity } from '../sys/netns.ts';

/** What nsfs answers to statfs(2). */
const NSFS_MAGIC = 0x6e736673;

/** The model with the identity of each namespace that is joined. Throws HostError with every node that joins what cannot be joined. */
export function settleJoins(model: LabModel): LabModel {
  if (!model.resources.some(isJoining)) return model;
  const problems: Problem[] = [];
  const taken = namespacesOfLabs();
  const own = currentNetns();
  const seen = new Map<string, string>();
  const resources = model.resources.map((each): Resource => {
    if (!isJoining(each)) return each;
    const place = [...(each.at ?? []), 'join', each.join.pid === undefined ? 'netns' : 'pid'];
    const refuse = (message: string): Resource => {
      problems.push({
        ...model.locate(place),
        message: `found ${joinWords(each.join)}, ${message}`,
        severity: 'error',
      });
      return each;
    };
    const found = look(each.join);
    if ('refusal' in found) return refuse(found.refusal);
    const { identity } = found;
    if (numberOf(identity) === own)
      return refuse("the machine's own network namespace: what a lab has there stands under host");
    const owner = taken.get(numberOf(identity));
    if (owner !== undefined && owner.lab === model.name)
      return refuse(`a namespace of this lab's own node ${owner.node}`);
    if (owner !== undefined) return refuse(`a namespace of the node ${owner.node} of the lab ${owner.lab}`);
    const other = seen.get(identity);
    if (other !== undefined) return refuse(`the namespace that the node ${other} joins already`);
    seen.set(identity, each.node);
    return { ...each, join: { ...each.join, identity } };
  });
  if (problems.length > 0) throw new HostError(problems);
  return { ...model, resources };
}

/** Whether what a node has joined is where the file says still: the process, or what stands at the path, is the same. */
export function isJoined(join: Join): boolean {
  const found = look(join);
  return 'identity' in found && found.identity === join.identity;
}

/** Throws LabError unless the process that a node has joined is that process still. */
export function requireJoined(node: string, join: Join): void {
  if (isJoined(join)) return;
  throw new LabError(
    `${joinWords(join)}, whose namespaces the node ${node} joins, is no more what it was: only the network namespace is left, by its name in /run/netns`,
  );
}

function isJoining(each: Resource): each is Namespace & { readonly join: Join } {
  return each.kind === 'namespace' && each.join !== undefined;
}

type Look = { readonly identity: string } | { readonly refusal: string };

function look(join: Join): Look {
  const path = joinPath(join);
  try {
    return { identity: at(path) };
  } catch (error) {
    switch (errnoOf(error)) {
      case 'ENOENT':
      case 'ENOTDIR':
      case 'ESRCH':
        return { refusal: join.pid === undefined ? 'but there is no such file' : 'but there is no such process' };
      case 'EINVAL':
        return { refusal: 'which is no network namespace' };
      case 'EACCES':
      case 'EPERM':
        return { refusal: 'which belongs to a user namespace that this user has no rights in: to join it takes root' };
      default:
        throw error;
    }
  }
}

function errnoOf(error: unknown): unknown {
  if (error instanceof SystemError) return error.errno;
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** The identity of the network namespace at a path. Throws EINVAL where there is another thing. */
function at(path: string): string {
  // Not everything can be opened without harm.
  if (!statSync(path).isFile() || statfsSync(path).type !== NSFS_MAGIC) throw new SystemError('join', 'EINVAL', path);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return netnsIdentity(fd);
  } finally {
    closeSync(fd);
  }
}

function numberOf(identity: string): string {
  return identity.split(' ')[0]!;
}

/** By number, whose node a network namespace is that a keeper has made. What it holds cannot be given to another meanwhile. */
function namespacesOfLabs(): Map<string, { readonly lab: string; readonly node: string }> {
  const found = new Map<string, { readonly lab: string; readonly node: string }>();
  for (const [lab, pid] of keepers()) {
    let keeper: Keeper | undefined;
    try {
      keeper = Keeper.of(lab, pid);
      for (const { name, fd, joined } of keeper?.list().namespaces ?? []) {
        const number = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false })?.ino;
        if (number !== undefined && joined !== true) found.set(`net:[${number}]`, { lab, node: name });
      }
    } catch {
      // It has just ended, or is of another version.
    } finally {
      keeper?.close();
    }
  }
  return found;
}
