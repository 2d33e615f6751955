/** What a node is: its network namespace, and what its processes see around them. */
import type { Confinement } from './confinement.ts';
import type { Declared } from './resource.ts';

/** The kinds of namespace that a node can have of its own. `net` is always one of them. */
export type Isolation = 'net' | 'uts' | 'mnt' | 'pid' | 'ipc';

/** A network namespace, and what the processes of its node will see around them. Like `ip netns add LAB.NODE`. */
export interface Namespace extends Declared {
  readonly kind: 'namespace';
  /** `bridge` is the namespace of one of the file's `bridges`, in which only that bridge stands. */
  readonly role: 'node' | 'bridge';
  readonly hostname: string;
  readonly isolation: readonly Isolation[];
  /** It has a way out through the host, and asks the host's resolvers for names. */
  readonly internet?: boolean;
  /** What its programs may not do. */
  readonly confinement?: Confinement;
  /** Observed only: its PID 1 confines programs otherwise than {@link confinement} says. */
  readonly unlike?: true;
  /** Observed only: what its name in /run/netns leads to, when not to it. */
  readonly misnamed?: { readonly path: string; readonly leadsTo: string };
  /** Observed only: what its processes are told that it is called, when not {@link hostname}. */
  readonly calledNow?: string;
  /** Observed only: where something of netlab's was mounted for its processes, and has been unmounted. */
  readonly unmounted?: readonly string[];
}
