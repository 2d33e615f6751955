/** What the making of changes works with: one request, one run, and who carries out what netlink can't. */
import type { Progress } from '../model/report.ts';
import type { Namespace } from '../model/resource.ts';
import { kindOf } from '../resource/index.ts';
import type { Request } from '../resource/kind.ts';
import type { Change } from './diff.ts';
import type { Namespaces } from './namespaces.ts';
import type { NewNamespace } from './new-namespaces.ts';
import type { RunSurroundings } from './surroundings.ts';

/** One request and the change that it is a part of. */
export interface Job<R extends Request = Request> {
  readonly change: Change;
  readonly request: R;
}

/** A request that was refused, and why. */
export interface Failure {
  readonly job: Job;
  readonly error: unknown;
}

/** Who carries out what netlink can't. */
export interface Keeping {
  /**
   * Makes namespaces, in order, and takes hold of each in `namespaces`. `onCreated` is called for each while the next is being
   * made; it must not throw. `list` is not asked for by one who is making them already.
   */
  create(list: () => readonly NewNamespace[], onCreated: (name: string) => void): void;
  /** Ends the processes of nodes and lets go of their namespaces. */
  drop(nodes: readonly string[]): void;
  /** Gives nodes their names in /run/netns back. */
  name(nodes: readonly string[]): void;
  /** Makes a node's PID 1 give its processes the hostname and the mounts that are wanted. `found`: what they had before. */
  furnish(wanted: Namespace, found?: Namespace): void;
  /** Gives the processes of a node the bounds that are wanted. */
  limit(wanted: Namespace): void;
  /** Lets the processes of nodes go on that have been frozen. */
  thaw(nodes: readonly string[]): void;
  /** Ends the PID 1 of nodes, and their processes with it. */
  restart(nodes: readonly string[]): void;
}

export interface Run {
  readonly around: RunSurroundings;
  readonly namespaces: Namespaces;
  readonly keeping: Keeping;
  /** Changes of which at least one request was carried out, in the order in which they were begun: what is to be undone. */
  readonly journal: Set<Change>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * What to write so that a setting of the host, or of a namespace that a node joins, is as it was before any lab changed it: paths below
   * /proc/sys. Undefined for a node of the lab's own.
   */
  readonly restore?: (node: string, key: string) => readonly (readonly [path: string, value: string])[] | undefined;
  /** Go on after a refusal: an undo does what it can. */
  readonly relentless?: boolean;
}

/** The requests that make what a change wants. */
export function jobsOf(change: Change, around: RunSurroundings): Job[] {
  const { action, wanted, found, differences } = change;
  if (wanted === undefined) return [];
  const requests =
    action === 'update' && found !== undefined
      ? kindOf(wanted).update(wanted, found, differences, around)
      : kindOf(wanted).create(wanted, around);
  return requests.map((request) => ({ change, request }));
}
