/** The mounts of a process, and which of those that a node's PID 1 has made are still there. */
import { groupBy } from '../model/group-by.ts';
import { readFileSync, realpathSync } from 'node:fs';

import { isErrno } from '../sys/errno.ts';
import type { ProtocolRecord } from './records.ts';

/** A line of proc_pid_mountinfo(5). */
export interface Mount {
  readonly id: string;
  readonly parent: string;
  /** Major and minor number of the file system. */
  readonly device: string;
  /** What of the file system is mounted. */
  readonly root: string;
  readonly point: string;
  /** Its own, and not those of the file system: `ro,nosuid,relatime`. */
  readonly options: string;
  readonly type: string;
  readonly source: string;
}

/** proc_pid_mountinfo(5): `ID PARENT DEVICE ROOT POINT OPTIONS … - TYPE SOURCE OPTIONS`, blanks as octal numbers. A process that has ended has none. */
export function readMounts(path: string): Mount[] {
  return mountinfo(path)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [head = '', tail = ''] = line.split(' - ', 2);
      const [id = '', parent = '', device = '', root, point, options = ''] = head.split(' ');
      const [type = '', source = ''] = tail.split(' ');
      // What is bound has been erased, but is there as long as it is bound: dentry_path() of the kernel says so.
      const origin = plain(root).replace(/\/\/deleted$/, '');
      return { id, parent, device, root: origin, point: plain(point), options, type, source: plain(source) };
    });
}

function mountinfo(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // EINVAL: it is just ending, and has let go of its namespaces.
    if (['ENOENT', 'ESRCH', 'EINVAL'].some((name) => isErrno(error, name))) return '';
    throw error;
  }
}

function plain(text = ''): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** A mount of a node's that must be there, by the record that makes it. */
export interface DueMount {
  readonly record: ProtocolRecord;
  /** Where it is mounted: the target with its symlinks followed. */
  readonly point: string;
}

/** Where targets lead: with their symlinks followed; undefined when nowhere. */
export type Resolve = (target: string) => string | undefined;

/**
 * The mounts among the operations of a PID 1: not those that this machine has no place for, or whose file system its kernel does not
 * know.
 */
export function dueMounts(operations: readonly ProtocolRecord[], resolve: Resolve): DueMount[] {
  return operations.flatMap((record) => {
    const target = targetOfMount(record);
    if (target === undefined || target === '/') return [];
    const type = String(record[3] ?? '');
    if (record[0] === 'mount?' && type !== '' && !fileSystems().has(type)) return [];
    const point = resolve(target);
    return point === undefined ? [] : [{ record, point }];
  });
}

/** What a record mounts something over; undefined when it mounts nothing. */
function targetOfMount([word, first, second, type]: ProtocolRecord): string | undefined {
  switch (word) {
    case 'mount':
    case 'mount?':
      // Without a source and a type it changes a mount that is there.
      return first === '' && type === '' ? undefined : String(second);
    case 'overlay':
    case 'mask':
    case 'readonly':
      return String(first);
    default:
      return undefined;
  }
}

/** The real paths of this machine, each asked for once. */
export function realPaths(known = new Map<string, string | undefined>()): Resolve {
  return (target) => {
    if (!known.has(target)) known.set(target, realPath(target));
    return known.get(target);
  };
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Those of `due` of which nothing is among a node's mounts. `inherited`: the keeper's, which stand in each of its nodes. */
export function missingMounts<D extends { readonly point: string }>(
  due: readonly D[],
  there: readonly Mount[],
  inherited: readonly Mount[],
): D[] {
  const points = new Set(reachable(ownMounts(there, inherited), there).map(({ point }) => point));
  return due.filter(({ point }) => !points.has(point));
}

/** A node's mounts without those that it has from the keeper. */
export function ownMounts(there: readonly Mount[], inherited: readonly Mount[]): Mount[] {
  const from = identitiesOf(inherited);
  return there.filter((mount) => !from.has(identity(mount)));
}

/** Those of `some` over whose folder nothing of `mounts` was mounted later: who comes by that way sees nothing of the others. */
export function reachable(some: readonly Mount[], mounts: readonly Mount[]): Mount[] {
  const byId = new Map(mounts.map((mount) => [mount.id, mount]));
  const byParent = groupBy(mounts, ({ parent }) => parent);
  // What is mounted through another mount has that one for its parent: so whoever has the same parent came later.
  const isHidden = (mount: Mount): boolean => {
    const beside = byParent.get(mount.parent) ?? [];
    const above = byId.get(mount.parent);
    return beside.some(({ point }) => mount.point.startsWith(`${point}/`)) || (above !== undefined && isHidden(above));
  };
  return some.filter((mount) => !isHidden(mount));
}

/** Of a keeper's mounts, which are compared with those of each of its nodes. */
const identities = new WeakMap<readonly Mount[], ReadonlySet<string>>();

function identitiesOf(mounts: readonly Mount[]): ReadonlySet<string> {
  const known = identities.get(mounts) ?? new Set(mounts.map(identity));
  identities.set(mounts, known);
  return known;
}

function identity({ point, device, root }: Mount): string {
  return `${point} ${device} ${root}`;
}

let known: ReadonlySet<string> | undefined;

function fileSystems(): ReadonlySet<string> {
  known ??= new Set(
    readFileSync('/proc/filesystems', 'utf8')
      .split('\n')
      .map((line) => line.split('\t').at(-1) ?? ''),
  );
  return known;
}
