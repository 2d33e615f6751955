/** What programs may not do, whoever they run as: the policy of a node for all of its processes, and of a process beyond that. */
import { ALL_CAPABILITIES, capabilityMask } from './capability.ts';
import type { Ulimit, UlimitName } from './ulimit.ts';

/** What programs lose, or all that they keep; canonical names, in the order of their numbers. */
export type Capabilities = { readonly drop: readonly string[] } | { readonly keep: readonly string[] };

/** The policy of a node. */
export interface Confinement {
  /** All that root has, unless said. */
  readonly capabilities?: Capabilities;
  /** execve grants nothing: no setuid bits, no capabilities of files. Never false. */
  readonly noNewPrivileges?: boolean;
  /** A filter of system calls: the one that containers have by default. Never `unconfined`. */
  readonly seccomp?: 'default';
  /** In the order of {@link ULIMITS}. */
  readonly ulimits?: Readonly<Partial<Record<UlimitName, Ulimit>>>;
}

/** What a process says of itself besides. */
export interface ProcessConfinement extends Confinement {
  /** Three octal digits: the permissions that files get from it never. */
  readonly umask?: string;
  /** Groups that it is in besides those of its user; names or numbers. */
  readonly groups?: readonly string[];
}

/**
 * Whether mounts must keep devices out of reach: CAP_MKNOD is kept, which alone would be every disk of the machine, and CAP_SYS_ADMIN is not,
 * which would undo it. Container engines have a cgroup for that, which is not everywhere.
 */
export function hasFixedDevices({ capabilities }: Confinement = {}): boolean {
  const has = (name: string): boolean => (keptCapabilities(capabilities) & capabilityMask([name])) !== 0n;
  return has('CAP_MKNOD') && !has('CAP_SYS_ADMIN');
}

/** What is kept of the capabilities, as bits. */
export function keptCapabilities(capabilities: Capabilities | undefined): bigint {
  if (capabilities === undefined) return ALL_CAPABILITIES;
  return 'keep' in capabilities
    ? capabilityMask(capabilities.keep)
    : ALL_CAPABILITIES & ~capabilityMask(capabilities.drop);
}
