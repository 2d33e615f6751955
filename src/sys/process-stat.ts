import { readText } from './read-text.ts';

/** What the kernel tells everybody of a process, whoever it belongs to. Source: proc_pid_stat(5). */
export interface ProcessStat {
  /** `R`, `S`, `D`, `T`, …; `Z` and `X` when it has ended and nobody has waited for it yet. */
  readonly state: string;
  readonly parent: number;
  /** In ticks since the machine started: with the pid, who it is. */
  readonly started: string;
  /** It has ended, or is just ending: what it had open is closed, and for nobody to see. */
  readonly isEnding: boolean;
}

/** PF_EXITING in include/linux/sched.h. */
const EXITING = 0x4;

/** The fields of /proc/PID/stat; undefined when there is no such process. Like `ps -o stat,ppid,lstart -p PID`. */
export function processStat(pid: number | string): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name of the program, in brackets, may hold anything: the fields are counted from behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, , , , , flags] = fields;
  return {
    state,
    parent: Number(parent),
    started: fields[19] ?? '',
    isEnding: state === 'Z' || state === 'X' || (Number(flags) & EXITING) !== 0,
  };
}
