/** What a node is: its network namespace, and what its processes see around them. */
import type { Confinement } from './confinement.ts';
import type { NodeMount, Propagation } from './mount.ts';
import type { Limits } from './limits.ts';
import type { Declared } from './resource.ts';
import type { Rootfs } from './rootfs.ts';
import type { IdMaps } from './user-namespace.ts';

/** The kinds of namespace that a node can have of its own. `net` is always one of them. */
export type Isolation = 'net' | 'uts' | 'mnt' | 'pid' | 'ipc' | 'cgroup' | 'user' | 'time';

/** Every kind, in the order in which they are told. */
export const NAMESPACE_KINDS: readonly Isolation[] = ['net', 'uts', 'mnt', 'pid', 'ipc', 'cgroup', 'user', 'time'];

/** What the clocks of a time namespace are ahead of the machine's, in milliseconds; behind when negative. */
export interface Clocks {
  readonly monotonic: number;
  readonly boottime: number;
}

/** The namespaces of a process (`pid`), or a network namespace by its path, that a node joins: netlab wires it, and does not own its life. */
export interface Join {
  readonly pid?: number;
  readonly path?: string;
  /** Which network namespace that is; found out before anything is touched. The numbers and names above may mean another one day. */
  readonly identity?: string;
}

/** Where a node's namespaces come from, in words: `pid 1234`, `/run/netns/x`. */
export function joinWords({ pid, path = 'a namespace' }: Join): string {
  return pid === undefined ? path : `pid ${pid}`;
}

/** The file by which it is found. */
export function joinPath({ pid, path = '' }: Join): string {
  return pid === undefined ? path : `/proc/${pid}/ns/net`;
}

/** What a node's PID 1 is made of: all that decides what the node's processes see around them. */
export interface Surroundings {
  readonly hostname: string;
  readonly isolation: readonly Isolation[];
  /** Its network namespace is somebody else's. */
  readonly join?: Join;
  /** It has a way out through the host, and asks the host's resolvers for names. */
  readonly internet?: boolean;
  /** A root of its own. Unless said, it is the machine's. */
  readonly rootfs?: Rootfs;
  /** What else is mounted, in this order. */
  readonly mounts?: readonly NodeMount[];
  /** How mounts that are made later below its root reach other namespaces; `slave` unless said: the machine's reach it, its own reach nobody. */
  readonly propagation?: Exclude<Propagation, 'slave'>;
  /** What of /proc and /sys tells of the machine or changes it is hidden or read-only. */
  readonly masked?: true;
  /** What its programs may not do. */
  readonly confinement?: Confinement;
  /** Which ids its user namespace maps, when the file says so. */
  readonly ids?: IdMaps;
  /** What its time namespace's clocks show, when the file says so. */
  readonly clocks?: Clocks;
  /** What all of its processes may use together. */
  readonly limits?: Limits;
}

const SURROUNDINGS: readonly (keyof Surroundings)[] = [
  'hostname',
  'isolation',
  'join',
  'internet',
  'rootfs',
  'mounts',
  'propagation',
  'masked',
  'confinement',
  'ids',
  'clocks',
  'limits',
];

/** The surroundings alone, of whatever has them: what is written down of a node, and what its PID 1 is started with. */
export function surroundingsOf(each: Surroundings): Surroundings {
  const said = SURROUNDINGS.flatMap((key) => (each[key] === undefined ? [] : [[key, each[key]] as const]));
  return Object.fromEntries(said) as unknown as Surroundings;
}

/** A network namespace, and what the processes of its node will see around them. Like `ip netns add LAB.NODE`. */
export interface Namespace extends Declared, Surroundings {
  readonly kind: 'namespace';
  /** `bridge` is the namespace of one of the file's `bridges`, in which only that bridge stands. */
  readonly role: 'node' | 'bridge';
  /** Observed only: its PID 1 confines programs otherwise than {@link confinement} says. */
  readonly unlike?: true;
  /** Observed only: its processes stand still. */
  readonly frozen?: true;
  /** Observed only: what its name in /run/netns leads to, when not to it. */
  readonly misnamed?: { readonly path: string; readonly leadsTo: string };
  /** Observed only: what its processes are told that it is called, when not {@link hostname}. */
  readonly calledNow?: string;
  /** Observed only: where something of netlab's was mounted for its processes, and has been unmounted. */
  readonly unmounted?: readonly string[];
  /** Observed only: the mounts of netlab's that were remounted, and the flags that they have not any more: `ro`, `nosuid`. */
  readonly loosened?: readonly { readonly point: string; readonly lacks: readonly string[] }[];
}
