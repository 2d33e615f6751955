/** A node's root and mounts as they are typed. */
import type { NodeMount, Propagation } from '../model/mount.ts';

/** A root of a node's own: exactly one of `host`, `dir`, `tar` and `oci`. */
export interface RootfsDocument {
  readonly host?: boolean;
  readonly copy_on_write?: boolean;
  readonly dir?: string;
  readonly tar?: string;
  readonly oci?: string;
  readonly tag?: string;
  readonly platform?: string;
  readonly max_size?: string | number;
  readonly read_only?: boolean;
}

/** One mount; which keys it takes depends on its type. */
export interface MountDocument {
  readonly type: NodeMount['type'];
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly nosuid?: boolean;
  readonly nodev?: boolean;
  readonly noexec?: boolean;
  readonly size?: string | number;
  readonly mode?: string | number;
  readonly propagation?: Propagation;
  readonly lower?: readonly string[];
  readonly upper?: string;
  readonly work?: string;
}
