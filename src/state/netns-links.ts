/** `/run/netns/LAB.NODE`: the names by which `ip netns`, `nsenter` and `tcpdump` find a lab's namespaces. */
import { mkdirSync, readdirSync, readlinkSync, rmdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

import { LabError } from '../errors.ts';
import { isErrno } from '../sys/errno.ts';
import { NETNS_DIR, netnsName } from './paths.ts';

/** Names the keeper's descriptor `fd` after a node. */
export function linkNetns(lab: string, node: string, keeper: number, fd: number): void {
  const path = join(NETNS_DIR, netnsName(lab, node));
  try {
    symlinkSync(`/proc/${keeper}/fd/${fd}`, path);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    if (!isOurs(path)) {
      throw new LabError(
        `${path} exists and was not made by netlab: remove it (ip netns delete ${netnsName(lab, node)})`,
      );
    }
    unlinkSync(path);
    symlinkSync(`/proc/${keeper}/fd/${fd}`, path);
  }
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
  try {
    return readdirSync(NETNS_DIR);
  } catch {
    return [];
  }
}

/** Only a symlink into some process's descriptors is ours; `ip netns add` makes files. */
function isOurs(path: string): boolean {
  try {
    return /^\/proc\/\d+\/fd\/\d+$/.test(readlinkSync(path));
  } catch {
    return false;
  }
}
