/** What programs may not do, whoever they run as: the policy of a node for all of its processes, and of a process beyond that. */
import { ALL_CAPABILITIES, capabilityMask } from './capability.ts';

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
}

/** What is kept of the capabilities, as bits. */
export function keptCapabilities(capabilities: Capabilities | undefined): bigint {
  if (capabilities === undefined) return ALL_CAPABILITIES;
  return 'keep' in capabilities
    ? capabilityMask(capabilities.keep)
    : ALL_CAPABILITIES & ~capabilityMask(capabilities.drop);
}
