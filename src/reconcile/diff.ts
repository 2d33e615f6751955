/** What must change so that the kernel is as wanted. A pure function of the two lists. */
import { HOST } from '../model/host.ts';
import type { Action, Difference } from '../model/report.ts';
import type { Address, Resource } from '../model/resource.ts';
import { keyOf, kindOf } from '../resource/index.ts';
import { startsAnew } from '../resource/namespace.ts';
import { withOrder } from './address-order.ts';
import type { Keys } from './keys.ts';
import { differenceWords, Rebirth } from './rebirth.ts';
import { withRenamings } from './renaming.ts';
import { withRuleOrder } from './rule-order.ts';
import { withSharers } from './sharers.ts';
import { withTaken } from './taken.ts';

/** One change, as values: nothing has been done yet. */
export interface Change {
  readonly action: Action;
  /** What shall be. Undefined for a removal. */
  readonly wanted?: Resource;
  /** What is. Undefined for a creation. */
  readonly found?: Resource;
  readonly differences: readonly Difference[];
  /** Why, in words. */
  readonly reason: string;
  /** Who else is disturbed by it, in words. */
  readonly disturbs?: string;
}

/** What `observe` saw. */
export interface Observed {
  readonly resources: readonly Resource[];
  /** Keys (of {@link keyOf}) of the found resources that netlab made; nothing else is ever removed. */
  readonly ours: Keys;
}

export interface Diff {
  readonly changes: readonly Change[];
  /** What stands there, is not wanted, and was made by somebody else. */
  readonly unmanaged: readonly Resource[];
}

/** Compares what is wanted, each thing once, with what was found. Equal lists give no changes. */
export function diff(wanted: readonly Resource[], { resources, ours }: Observed): Diff {
  const found = new Map<string, Resource>();
  for (const resource of resources) found.set(keyOf(resource), resource);
  const remade = remadeNodes(wanted, found);
  const changes: Change[] = [];
  const reborn = new Rebirth(wanted, found);

  let matches = 0;
  for (const resource of wanted) {
    const present = found.size === 0 ? undefined : found.get(keyOf(resource));
    if (present !== undefined) matches++;
    const change =
      present === undefined ? create(resource, reborn, remade.has(resource.node)) : compare(resource, present, reborn);
    if (change !== undefined) changes.push(change);
  }
  const stays = (address: Address): boolean => reborn.fate(address) === 'stays';
  if (changes.length === 0 && matches === found.size) {
    const placed = withRuleOrder(withOrder(changes, wanted, found, [], stays), wanted, found);
    return placed === changes ? { changes, unmanaged: [] } : withTaken(placed, [], wanted, found);
  }

  const unmanaged: Resource[] = [];
  // After most edits all that was found is wanted, and there is nothing to look for.
  const rest = matches === found.size ? [] : found;
  const want = new Set(matches === found.size ? [] : wanted.map(keyOf));
  for (const [key, resource] of rest) {
    if (want.has(key)) continue;
    if (ours.has(key)) {
      changes.push({ action: 'remove', found: resource, differences: [], reason: 'the file no longer has it' });
    } else if (reborn.fate(resource) === 'goes') {
      reborn.lose(resource);
    } else unmanaged.push(resource);
  }
  const placed = withRuleOrder(withOrder(changes, wanted, found, unmanaged, stays), wanted, found);
  const taken = withTaken(placed, unmanaged, wanted, found);
  const told = withSharers(withRestarts(withRenamings(taken.changes), wanted, found), wanted, found);
  return { ...taken, changes: withNeighbours(told, reborn) };
}

/** What `--prune` does to what others made: never to what is the host's. */
export function pruning(unmanaged: readonly Resource[]): Change[] {
  return unmanaged
    .filter(({ node }) => node !== HOST)
    .map((found) => ({ action: 'remove', found, differences: [], reason: 'netlab did not make it' }));
}

const ANEW = 'its link is made anew';

/**
 * The nodes whose network namespace is made anew: what stands in them goes with the old one, and so is taken out of what was found. Their
 * processes are ended in order before.
 */
function remadeNodes(wanted: readonly Resource[], found: Map<string, Resource>): ReadonlySet<string> {
  const nodes = new Set<string>();
  if (found.size === 0) return nodes;
  for (const each of wanted) {
    if (each.kind !== 'namespace') continue;
    const present = found.get(keyOf(each));
    if (present === undefined) continue;
    const kind = kindOf<Resource>(each);
    if (kind.mustReplace?.(kind.differences(each, present), each) === true) nodes.add(each.node);
  }
  if (nodes.size === 0) return nodes;
  for (const [key, { kind, node }] of found)
    if (nodes.has(node) && kind !== 'namespace' && kind !== 'process') found.delete(key);
  return nodes;
}

function create(wanted: Resource, reborn: Rebirth, remade: boolean): Change {
  reborn.putBack(wanted);
  const reason = remade
    ? 'its node is made anew'
    : wanted.kind === 'process'
      ? 'the file has it, and it does not run'
      : 'the file has it, the kernel does not';
  return { action: 'create', wanted, differences: [], reason };
}

function compare(wanted: Resource, found: Resource, reborn: Rebirth): Change | undefined {
  // What stands on a link that is made anew goes with the old one; a route of several ways stays with those that are left.
  const fate = reborn.fate(found);
  if (fate !== 'stays') reborn.putBack(wanted);
  if (fate === 'goes') return { action: 'create', wanted, differences: [], reason: ANEW };
  const kind = kindOf(wanted);
  const differences = kind.differences(wanted, found);
  const why = wanted.kind === 'link' ? reborn.reason(wanted) : undefined;
  if (why !== undefined) return { action: 'replace', wanted, found, differences, reason: why };
  if (differences.length > 0) {
    const action = kind.mustReplace?.(differences, wanted) === true ? 'replace' : 'update';
    return {
      action,
      wanted,
      found,
      differences,
      reason: turnedWords(found, differences) ?? differenceWords(differences),
    };
  }
  if (fate === 'suffers') return { action: 'update', wanted, found, differences, reason: ANEW };
  if (wanted.kind === 'link' && reborn.losesMaster(wanted)) {
    reborn.putBack(wanted);
    const master = { field: 'master', to: wanted.master! };
    return { action: 'update', wanted, found, differences: [master], reason: `${wanted.master} is made anew` };
  }
  return undefined;
}

/** Who set a link so, when that was netlab's own command. */
function turnedWords(found: Resource, differences: readonly Difference[]): string | undefined {
  if (found.kind !== 'link' || found.turned === undefined) return undefined;
  if (differences.every(({ field }) => field !== 'up')) return undefined;
  return found.turned === 'down' ? 'cut by `netlab link down`' : 'raised by `netlab link up`';
}

/** With the words for who else is disturbed; they are known when all is known. */
function withNeighbours(changes: readonly Change[], reborn: Rebirth): readonly Change[] {
  if (!reborn.any) return changes;
  return changes.map((change) => {
    const { wanted } = change;
    if (wanted?.kind !== 'link' || change.action === 'update') return change;
    const disturbs = reborn.disturbs(wanted);
    return disturbs === undefined ? change : { ...change, disturbs };
  });
}

/** With the processes that start anew because their nodes do: what surrounds a process cannot be changed under it. */
function withRestarts(
  changes: readonly Change[],
  wanted: readonly Resource[],
  found: ReadonlyMap<string, Resource>,
): readonly Change[] {
  if (found.size === 0) return changes;
  const nodes = new Set(
    changes.flatMap(({ action, wanted: want, differences }) =>
      want?.kind === 'namespace' && (action === 'replace' || (action === 'update' && startsAnew(want, differences)))
        ? [want.node]
        : [],
    ),
  );
  if (nodes.size === 0) return changes;
  const reason = 'its node starts anew';
  const all = new Map(changes.map((change) => [(change.wanted ?? change.found)!, change]));
  for (const process of wanted) {
    if (process.kind !== 'process' || !nodes.has(process.node)) continue;
    const known = all.get(process);
    const present = found.get(keyOf(process));
    if (present === undefined) continue;
    if (known === undefined) {
      all.set(process, { action: 'replace', wanted: process, found: present, differences: [], reason });
    } else all.set(process, { ...known, action: 'replace', reason: `${known.reason}; ${reason}` });
  }
  return [...all.values()];
}
