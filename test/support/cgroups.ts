/** Control groups as the machine has them mounted, looked for by the lines of /proc/mounts and not by netlab's own eyes. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';

/** Where a controller is mounted, and in which version; undefined when it is nowhere, or nobody may make groups there. */
export function controller(name: string): { readonly root: string; readonly version: 1 | 2 } | undefined {
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
    const [, root = '', type, options = ''] = line.split(' ');
    const first = type === 'cgroup' && options.split(',').includes(name === 'io' ? 'blkio' : name);
    const second =
      type === 'cgroup2' && readFileSync(`${root}/cgroup.controllers`, 'utf8').trim().split(' ').includes(name);
    if ((first || second) && canMake(root)) return { root, version: first ? 1 : 2 };
  }
  return undefined;
}

/** Where nodes can be frozen: version 2 can everywhere, version 1 by a controller. */
export function freezerRoot(): string | undefined {
  const second = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, root = '', type]) => type === 'cgroup2' && canMake(root))?.[1];
  return second ?? controller('freezer')?.root;
}

function canMake(root: string): boolean {
  const folder = `${root}/probe-of-netlab-${process.pid}`;
  try {
    mkdirSync(folder);
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** The text of a file of a group of a lab: `memory.max` where the machine has version 2, else the other name. */
export function groupFile(lab: string, path: string, of: string, second: string, first = second): string {
  const { root, version } = controller(of)!;
  return readFileSync(`${groupOf(root, lab, path)}/${version === 2 ? second : first}`, 'utf8').trim();
}

/** The pids in a group of a lab. */
export function pidsOfGroup(lab: string, path: string, of: string): number[] {
  const text = readFileSync(`${groupOf(controller(of)!.root, lab, path)}/cgroup.procs`, 'utf8');
  return text.split('\n').filter(Boolean).map(Number);
}

/** The folder of a group of a lab. */
export function groupOf(root: string, lab: string, path: string): string {
  return `${labGroup(root, lab)}/${path}`;
}

/** That of a lab: behind its name stands whose it is. */
function labGroup(root: string, lab: string): string {
  const name = readdirSync(root).find((each) => each.startsWith(`netlab-${lab}.`)) ?? `netlab-${lab}`;
  return `${root}/${name}`;
}

/** The groups of a lab, one in each tree, by their folders. */
export function groupsOf(lab: string): string[] {
  return labGroups().filter(
    (folder) =>
      folder
        .split('/')
        .at(-1)!
        .replace(/\.[0-9a-f]{8}$/, '') === `netlab-${lab}`,
  );
}

/** The groups of netlab's, by their folders. */
export function labGroups(): string[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, root = '', type] = line.split(' ');
      return type === 'cgroup' || type === 'cgroup2' ? groupsBelow(root) : [];
    });
}

function groupsBelow(root: string): string[] {
  try {
    return readdirSync(root).flatMap((name) => (name.startsWith('netlab-') ? [`${root}/${name}`] : []));
  } catch {
    return [];
  }
}
