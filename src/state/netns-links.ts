/** `/run/netns/LAB.NODE`: the names by which `ip netns`, `nsenter` and `tcpdump` find a lab's namespaces. */
import {
  type Dirent,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';

import { LabError } from '../errors.ts';
import { isErrno } from '../sys/errno.ts';
import { NETNS_DIR, netnsName } from './paths.ts';

/** Names the keeper's descriptor `fd` after a node. */
export function linkNetns(lab: string, node: string, keeper: number, fd: number): void {
  const path = join(NETNS_DIR, netnsName(lab, node));
  for (;;) {
    try {
      symlinkSync(`/proc/${keeper}/fd/${fd}`, path);
      return;
    } catch (error) {
      // Another lab, which was the last of all until now, is going and takes the folder with it.
      if (isErrno(error, 'ENOENT')) makeNetnsDir();
      else if (!isErrno(error, 'EEXIST')) throw error;
      else if (!isOurs(path)) throw notOurs([netnsName(lab, node)]);
      else rmSync(path, { force: true });
    }
  }
}

/** Names a node of a running lab again, whatever link has taken its name: a link holds nothing that could be lost. */
export function relinkNetns(lab: string, node: string, keeper: number, fd: number): void {
  makeNetnsDir();
  const path = join(NETNS_DIR, netnsName(lab, node));
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) unlinkSync(path);
  linkNetns(lab, node, keeper, fd);
}

/** What a node's name leads to: the keeper's descriptor, or in words what is in its place. */
export function netnsTarget(lab: string, node: string): string {
  try {
    return readlinkSync(join(NETNS_DIR, netnsName(lab, node)));
  } catch (error) {
    return isErrno(error, 'EINVAL') ? 'another namespace' : 'missing';
  }
}

/**
 * Throws LabError when one of the names that a lab needs is taken by a namespace that `ip netns add` has made: before anything is
 * built, since it could not be made in the end.
 */
export function requireFreeNames(lab: string, nodes: readonly string[]): void {
  const made = entries().flatMap((entry) => (entry.isSymbolicLink() ? [] : [entry.name]));
  if (made.length === 0) return;
  const wanted = new Set(nodes.map((node) => netnsName(lab, node)));
  const taken = made.filter((name) => wanted.has(name));
  if (taken.length > 0) throw notOurs(taken);
}

function notOurs(names: readonly string[]): LabError {
  const paths = names.map((name) => join(NETNS_DIR, name)).join(', ');
  const [exist, were, them] = names.length === 1 ? ['exists', 'was', 'it'] : ['exist', 'were', 'them'];
  const commands = names.map((name) => `ip netns delete ${name}`).join('; ');
  return new LabError(`${paths} ${exist} and ${were} not made by netlab: remove ${them} (${commands})`);
}

/** Makes the folder, as `ip netns add` would. */
export function makeNetnsDir(): void {
  mkdirSync(NETNS_DIR, { recursive: true, mode: 0o755 });
}

/** Takes a node's name away. */
export function unlinkNetns(lab: string, node: string): void {
  const path = join(NETNS_DIR, netnsName(lab, node));
  if (isOurs(path)) unlinkSync(path);
}

/** Takes all names of a lab away, and the folder with the last of all. */
export function unlinkAllNetns(lab: string): void {
  for (const name of names()) {
    if (!name.startsWith(`${lab}.`) || !isOurs(join(NETNS_DIR, name))) continue;
    // The lab's guard may be at the same work.
    rmSync(join(NETNS_DIR, name), { force: true });
  }
  try {
    rmdirSync(NETNS_DIR);
  } catch {
    // Somebody else's namespaces stand in it, or ip has made it a mount point: it stays.
  }
}

/** The labs that have names in /run/netns, running or not. */
export function labsWithNetns(): Set<string> {
  return new Set(
    names()
      .filter((name) => name.includes('.') && isOurs(join(NETNS_DIR, name)))
      .map((name) => name.slice(0, name.indexOf('.'))),
  );
}

function names(): string[] {
  return entries().map(({ name }) => name);
}

function entries(): Dirent[] {
  try {
    return readdirSync(NETNS_DIR, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Only a symlink into some process's descriptors is ours; `ip netns add` makes files. */
function isOurs(path: string): boolean {
  try {
    return /^\/proc\/\d+\/fd\/\d+$/.test(readlinkSync(path));
  } catch (error) {
    // It is not there, or no link. Anything else must not pass for that: the name would stay, and lead to another node one day.
    if (isErrno(error, 'ENOENT') || isErrno(error, 'EINVAL') || isErrno(error, 'ENOTDIR')) return false;
    throw error;
  }
}
