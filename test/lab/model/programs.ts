/** The processes of a lab and the files that they see, by /proc. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync, statSync } from 'node:fs';

import { processesOf } from '../../support/index.ts';
import { PATHS } from './draw-programs.ts';

export interface Programs {
  /** By node. */
  readonly programs: ReadonlyMap<string, { readonly processes: unknown[]; readonly files: unknown }>;
  /** pid and start of each (`node sleep 7`). */
  readonly processes: ReadonlyMap<string, string>;
}

/** What runs in each node, and which files it sees; a node without PID 1 sees those of the host. */
export function programsOf(lab: string, names: readonly string[]): Programs {
  const byNamespace = new Map(names.map((node) => [`net:[${statSync(`/run/netns/${lab}.${node}`).ino}]`, node]));
  const programs = new Map(names.map((node) => [node, { processes: [] as unknown[], files: seenFrom('self') }]));
  const processes = new Map<string, string>();
  const all = Object.entries(processesOf(lab)).toSorted(([, a], [, b]) => (a < b ? -1 : 1));
  for (const [id, line] of all) {
    const pid = id.replace(/@.*/, '');
    const init = /^netlab-init node [^.]+\.(.*)$/.exec(line)?.[1];
    if (init !== undefined) programs.get(init)!.files = seenFrom(pid);
    const node = byNamespace.get(readlinkSync(`/proc/${pid}/ns/net`));
    if (line.startsWith('netlab-init') || node === undefined) continue;
    processes.set(`${node} ${line}`, id);
    programs.get(node)!.processes.push(processOf(pid, line));
  }
  return { programs, processes };
}

function processOf(pid: string, command: string): unknown {
  const user = /^Uid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  // A name that the node has got since then is not known to what runs in it.
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter((word) => !word.startsWith('HOSTNAME='))
    .toSorted();
  const hostname = spawnSync('nsenter', [`--uts=/proc/${pid}/ns/uts`, 'uname', '-n'], { encoding: 'utf8' }).stdout;
  const names = Object.fromEntries(['/etc/hosts', '/etc/hostname'].map((path) => [path, fileOf(pid, path)]));
  return { command, user, environment, cwd: readlinkSync(`/proc/${pid}/cwd`), hostname, names };
}

function seenFrom(pid: string): unknown {
  return Object.fromEntries(PATHS.map((path) => [path, fileOf(pid, path)]));
}

function fileOf(pid: string, path: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/root${path}`, 'utf8');
  } catch {
    return null;
  }
}
