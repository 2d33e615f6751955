/** The kernel's capabilities: their names, and sets of them as the bits of /proc/PID/status. */

/** In the order of <linux/capability.h>: the place of each is its number. */
const NAMES = `
  CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST
  NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE
  SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM
  BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`;

/** `CAP_CHOWN` and so on, by number. */
export const CAPABILITIES: readonly string[] = NAMES.trim()
  .split(/\s+/)
  .map((name) => `CAP_${name}`);

/** The bit of each. */
const BITS: ReadonlyMap<string, bigint> = new Map(CAPABILITIES.map((name, number) => [name, 1n << BigInt(number)]));

/** The canonical name: `CAP_` in front, upper case. Undefined when there is no such capability. */
export function capabilityName(word: string): string | undefined {
  const upper = word.toUpperCase();
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  return BITS.has(name) ? name : undefined;
}

/** All of them, and those that a later kernel may have. */
export const ALL_CAPABILITIES = (1n << 64n) - 1n;

/** A set as bits. */
export function capabilityMask(names: readonly string[]): bigint {
  return names.reduce((mask, name) => mask | (BITS.get(name) ?? 0n), 0n);
}

/** The names in a set, in the order of their numbers. */
export function capabilitiesIn(mask: bigint): string[] {
  return CAPABILITIES.filter((name) => (mask & BITS.get(name)!) !== 0n);
}
