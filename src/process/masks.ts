/**
 * What of /proc and /sys tells of the machine, or changes it, and is no concern of who is isolated from it: the lists of runc (`runc spec`)
 * and of every container engine after it.
 */
import type { ProtocolRecord } from './records.ts';

const MASKED = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/sys/firmware',
  '/proc/scsi',
];

const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Hides the ones, and makes the others read-only. What this kernel does not have is passed over. */
export function maskOperations(): ProtocolRecord[] {
  return [
    ...READ_ONLY.map((path): ProtocolRecord => ['readonly', path]),
    ...MASKED.map((path): ProtocolRecord => ['mask', path]),
  ];
}
