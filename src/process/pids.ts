import { processStat } from '../sys/process-stat.ts';
import { readText } from '../sys/read-text.ts';

/**
 * The pid, as we number it, of a child of `parent` that has the number `inner` in that one's pid namespace. Null when it has gone.
 * The kernel lists a process's numbers in /proc/PID/status, NSpid, from our namespace down to its own, which may be a deeper one.
 */
export function outerPid(parent: number, inner: number): number | null {
  const depth = numbersOf(parent).length - 1;
  return childrenOf(parent).find((child) => numbersOf(child)[depth] === inner) ?? null;
}

/** The process from which one descends; 0 when it has ended. Like `ps -o ppid= -p PID`. */
export function parentOf(pid: number): number {
  return processStat(pid)?.parent ?? 0;
}

function numbersOf(pid: number): number[] {
  const [, numbers = ''] = /^NSpid:\s*(.*)$/m.exec(readText(`/proc/${pid}/status`) ?? '') ?? [];
  return numbers.trim().split(/\s+/).map(Number);
}

/** The children of a process; none when it has ended, or where the kernel has no such list. Like `pgrep -P PID`. */
export function childrenOf(pid: number): number[] {
  return (readText(`/proc/${pid}/task/${pid}/children`) ?? '')
    .split(' ')
    .filter((word) => word.trim() !== '')
    .map(Number);
}
