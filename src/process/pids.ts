import { readText } from '../sys/read-text.ts';

/**
 * The pid, as we number it, of a child of `parent` that numbers itself `inner` in its own pid namespace. Null when it has gone.
 * The kernel lists a process's numbers in /proc/PID/status, NSpid, from our namespace down to its own.
 */
export function outerPid(parent: number, inner: number): number | null {
  for (const child of childrenOf(parent)) {
    const [, numbers = ''] = /^NSpid:\s*(.*)$/m.exec(readText(`/proc/${child}/status`) ?? '') ?? [];
    if (Number(numbers.split(/\s+/).at(-1)) === inner) return child;
  }
  return null;
}

function childrenOf(pid: number): number[] {
  return (readText(`/proc/${pid}/task/${pid}/children`) ?? '')
    .split(' ')
    .filter((word) => word.trim() !== '')
    .map(Number);
}
