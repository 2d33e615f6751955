/** How much of everything the machine still gives to us. */
import { readdirSync } from 'node:fs';
import { readText } from '../sys/read-text.ts';

/** How much there is, and what sets the bound. */
export interface Room {
  readonly amount: number;
  readonly bound: 'ulimit' | 'sysctl' | 'cgroup';
  /** The setting: `kernel.pid_max`, or the path of a file. */
  readonly setting: string;
}

/** The value of a setting of the kernel; undefined where there is none. */
export function sysctlNumber(key: string): number | undefined {
  return number(`/proc/sys/${key.replaceAll('.', '/')}`);
}

/** The hard limit of a process: a word of /proc/self/limits. */
export function hardLimit(name: string): number | undefined {
  const [, hard] = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, 'm').exec(readText('/proc/self/limits') ?? '') ?? [];
  return hard === undefined ? undefined : hard === 'unlimited' ? Infinity : Number(hard);
}

/** Files that all processes together may still open. */
export function filesOfMachine(): number | undefined {
  const [used = '', , most = ''] = (readText('/proc/sys/fs/file-nr') ?? '').trim().split(/\s+/);
  return most === '' ? undefined : Number(most) - Number(used);
}

/** Processes and threads that may still come: the narrowest of all bounds. */
export function tasksLeft(): Room | undefined {
  const running = Number(/\d+\/(\d+)/.exec(readText('/proc/loadavg') ?? '')?.[1] ?? 0);
  const rooms: Room[] = ['kernel.pid_max', 'kernel.threads-max'].flatMap((setting) => {
    const most = sysctlNumber(setting);
    return most === undefined ? [] : { amount: most - running, bound: 'sysctl', setting };
  });
  rooms.push(...cgroupRooms(), ...userRoom(running));
  return rooms.toSorted((a, b) => a.amount - b.amount)[0];
}

/** What the pids controller leaves, in our cgroup and in all above it. */
function cgroupRooms(): Room[] {
  const rooms: Room[] = [];
  for (const line of (readText('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers = '', path = ''] = line.split(/:(.*?):(.*)/).filter((part) => part !== '' || true);
    const root = controllers === '' ? '/sys/fs/cgroup' : `/sys/fs/cgroup/${controllers}`;
    if (controllers !== '' && !controllers.split(',').includes('pids')) continue;
    for (let at = path; at !== '' && at !== '/'; at = at.slice(0, at.lastIndexOf('/'))) {
      const setting = `${root}${at}/pids.max`;
      const [most, now] = [number(setting), number(`${root}${at}/pids.current`)];
      if (most !== undefined && now !== undefined && !Number.isNaN(most))
        rooms.push({ amount: most - now, bound: 'cgroup', setting });
    }
  }
  return rooms;
}

/** What is left of RLIMIT_NPROC, which does not bind root. Nobody is counted where the limit is beyond all that run. */
function userRoom(running: number): Room[] {
  const uid = process.geteuid?.() ?? 0;
  const most = hardLimit('Max processes');
  if (uid === 0 || most === undefined || most === Infinity) return [];
  const own = most - running > 10_000 ? running : threadsOf(uid);
  return [{ amount: most - own, bound: 'ulimit', setting: 'ulimit -u' }];
}

function threadsOf(uid: number): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.reduce((sum, pid) => {
    const status = readText(`/proc/${pid}/status`) ?? '';
    const own = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? -1) === uid;
    return sum + (own ? Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0) : 0);
  }, 0);
}

/** Kilobytes that could be had without swapping. */
export function memoryLeft(): number | undefined {
  const [, kilobytes] = /^MemAvailable:\s+(\d+)/m.exec(readText('/proc/meminfo') ?? '') ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes);
}

/** Undefined where there is no such file. */
function number(path: string): number | undefined {
  const text = readText(path)?.trim();
  return text === undefined ? undefined : text === 'max' ? Infinity : Number(text);
}
