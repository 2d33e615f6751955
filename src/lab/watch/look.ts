/** A look at a part of a running lab, and what is not as it shall be there. */
import { lowerOf, type Process, type Resource } from '../../model/resource.ts';
import { type Change, diff } from '../../reconcile/diff.ts';
import { either, keysOf } from '../../reconcile/keys.ts';
import type { Device } from '../../reconcile/read/link.ts';
import { standsOn } from '../../reconcile/rebirth.ts';
import { keyOf } from '../../resource/index.ts';
import type { LabRecord } from '../../state/record.ts';
import { readTurned } from '../../state/turned.ts';
import { nodesOf, subject } from '../changes.ts';
import { observeFiles } from '../files.ts';
import { askInits, observeMembers, readProcesses } from '../observe.ts';
import type { Session } from '../session.ts';
import { withoutTurned } from '../turned.ts';

/** Where to look. */
export interface Part {
  /** The nodes whose namespaces are looked into. */
  readonly network: ReadonlySet<string>;
  /** The nodes whose PID 1s are asked. */
  readonly processes: ReadonlySet<string>;
  /** Whether the nodes' files are read. */
  readonly files: boolean;
}

/** What a look found. */
export interface Seen {
  readonly changes: readonly Change[];
  /** Processes that have ended and are left so. */
  readonly ended: readonly Process[];
  /** All devices of the lab, as far as they are known. */
  readonly devices: ReadonlyMap<string, Device>;
  readonly others: ReadonlyMap<string, number>;
}

const NOBODY: ReturnType<typeof askInits> = { programs: [], inside: new Map() };

/** Looks at a part. `known` are the devices of the rest of the lab, as they were seen last. */
export function look(
  session: Session,
  record: LabRecord | undefined,
  wanted: readonly Resource[],
  part: Part,
  known: ReadonlyMap<string, Device>,
): Seen {
  const nodes = [...part.network].filter((node) => session.namespaces.has(node));
  const isIn = new Set(nodes);
  const devices = new Map<string, Device>();
  for (const [name, device] of known) if (!isIn.has(device.link.node)) devices.set(name, device);
  const own = wanted.filter((each) => {
    if (each.kind === 'process') return part.processes.has(each.node);
    if (each.kind === 'file') return part.files;
    // That a setup was run only the record can say, and nothing in the lab changes that.
    return each.kind !== 'setup' && isIn.has(each.node);
  });
  const { programs, inside } = part.processes.size === 0 ? NOBODY : askInits(session, part.processes);
  const network = observeMembers(session, record, own, { nodes, known: devices }, inside);
  const here = [
    ...(part.files ? observeFiles(session, record, inside) : []),
    ...readProcesses(session, programs, record),
  ];
  const ours = either(network.ours, keysOf(here));
  for (const [name, device] of network.devices) devices.set(name, device);
  const { changes } = diff(own, { resources: [...network.resources, ...here], ours });
  return {
    changes: withoutTurned(changes, readTurned(session.lab, session.keeper.pid)).flatMap(withoutState).filter(isDrift),
    ended: changes.flatMap(({ found }) => (found?.kind === 'process' && hasEnded(found) ? [found] : [])),
    devices,
    others: network.others,
  };
}

/** The part that must be looked at as a whole to mend these changes: the far ends of links go with the near ones. */
export function widened(part: Part, changes: readonly Change[]): Part {
  return { ...part, network: new Set([...part.network, ...nodesOf(changes)]) };
}

/** A node that was frozen by hand stays so; the rest of it is put right. */
function withoutState(change: Change): Change[] {
  if (change.wanted?.kind !== 'namespace' || change.action !== 'update') return [change];
  const differences = change.differences.filter(({ field }) => field !== 'state');
  if (differences.length === change.differences.length) return [change];
  return differences.length === 0 ? [] : [{ ...change, differences }];
}

/** One that was stopped by hand stays so; and one that ended is started again by its PID 1, if its policy says so. */
function isDrift({ wanted, found }: Change): boolean {
  return wanted?.kind !== 'process' || found?.kind !== 'process' || found.state === undefined;
}

function hasEnded({ state }: Process): boolean {
  return state !== undefined && state !== 'stopped';
}

/** Leaves out what `isHeld`, and what cannot be made without it. */
export function without(changes: readonly Change[], isHeld: (key: string) => boolean): readonly Change[] {
  const held = changes.filter((change) => isHeld(keyOf(subject(change))));
  if (held.length === 0) return changes;
  const links = new Set(
    held.map(subject).flatMap((each) => (each.kind === 'link' ? [`${each.node}:${each.name}`] : [])),
  );
  const leans = (each: Resource): boolean => {
    const ends = standsOn(each);
    if (each.kind === 'link') {
      for (const name of [lowerOf(each), each.master]) if (name !== undefined) ends.push(`${each.node}:${name}`);
      if (each.peer !== undefined) ends.push(`${each.peer.node}:${each.peer.link}`);
    }
    return ends.some((end) => links.has(end));
  };
  return changes.filter((change) => !held.includes(change) && !leans(subject(change)));
}

/** The nodes that something of `wanted` is in. */
export function everything(wanted: readonly Resource[]): Part {
  const network = new Set(wanted.map(({ node }) => node));
  const processes = new Set(wanted.flatMap((each) => (each.kind === 'process' ? [each.node] : [])));
  return { network, processes, files: wanted.some(({ kind }) => kind === 'file') };
}
