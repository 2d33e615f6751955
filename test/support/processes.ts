import { readFileSync, readdirSync } from 'node:fs';

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  /** Clock ticks since boot: together with the pid it names a process for good. */
  readonly started: string;
  readonly title: string;
}

/**
 * The processes that a test may have to answer for, as `pid@start → comm and arguments`: those that descend from this
 * test, and those that mention netlab, themselves or in an ancestor (a keeper leaves its parent, and its lab's processes
 * are called whatever the topology says). Everything else on the machine is somebody else's.
 *
 * Left out: kernel threads, zombies (gone but for their parent's word), this test itself.
 */
export function processes(): Map<string, string> {
  const entries = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => readEntry(Number(name)))
      .filter((entry) => entry !== undefined)
      .map((entry) => [entry.pid, entry]),
  );
  const result = new Map<string, string>();
  for (const entry of entries.values()) {
    // A kernel thread has no arguments; every program was started with at least its own name.
    if (entry.pid === process.pid || entry.state === 'Z' || entry.title === '') continue;
    const mentions = new Set<string>();
    let ours = false;
    for (let at: Entry | undefined = entry; at !== undefined; at = entries.get(at.parent)) {
      if (at.pid === process.pid) {
        ours = true;
        break;
      }
      // The test runner's own ancestors may stand in a folder called netlab; they started before it did.
      if (/netlab/.test(at.title) && !isAncestor(entries, at.pid)) mentions.add(at.title);
    }
    if (!ours && mentions.size === 0) continue;
    mentions.delete(entry.title);
    const under = mentions.size === 0 ? '' : ` under ${[...mentions].join(', ')}`;
    result.set(`${entry.pid}@${entry.started}`, `${entry.title}${under}${ours ? ' (of this test)' : ''}`);
  }
  return result;
}

/** Whether `pid` is an ancestor of this test. */
function isAncestor(entries: ReadonlyMap<number, Entry>, pid: number): boolean {
  for (let at = entries.get(process.pid); at !== undefined; at = entries.get(at.parent))
    if (at.pid === pid) return true;
  return false;
}

function readEntry(pid: number): Entry | undefined {
  try {
    // proc_pid_stat(5): the command may hold spaces and brackets, so the fields are counted from its last bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(fields[1]), state: fields[0] ?? '', started: fields[19] ?? '', title };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}
