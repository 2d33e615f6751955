import { readdirSync, readFileSync } from 'node:fs';

/** How often the kernel's workers are looked at; taking down even an empty namespace takes some tens of milliseconds. */
const INTERVAL_MS = 4;
/** How often new workers are looked for. */
const RESCAN_MS = 40;

/**
 * Waits until the kernel has taken down the namespaces that nobody holds any more. It does so behind the caller's back, in a
 * worker of the queue `netns`; a worker's name in /proc shows the queue that it works for, with a `+` while it does.
 * Returns at once where kernel threads cannot be seen (in a container).
 */
export async function netnsCleanup(): Promise<void> {
  let workers = kernelWorkers();
  let scanned = performance.now();
  // The work is queued when the last reference is dropped, and a worker may need a moment to take it up: two looks in a row.
  for (let idle = 0; idle < 2;) {
    idle = workers.some(isCleaning) ? 0 : idle + 1;
    if (idle < 2) await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    if (performance.now() - scanned > RESCAN_MS) {
      workers = kernelWorkers();
      scanned = performance.now();
    }
  }
}

/** Pids of the kernel's unbound workers; the queue `netns` has no processor of its own. */
function kernelWorkers(): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && comm(pid).startsWith('kworker/u'));
}

function isCleaning(pid: string): boolean {
  return comm(pid).includes('+netns');
}

function comm(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1');
  } catch {
    return '';
  }
}
