/** Whether what nodes are to have mounted is there, asked before anything is touched. */
import { statSync } from 'node:fs';

import type { KeeperError, Problem } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import type { NodeMount } from '../model/mount.ts';
import type { Path } from '../model/place.ts';
import type { Namespace } from '../model/resource.ts';
import { canMake, surrounding } from '../process/node-mounts.ts';
import { resolveInRoot } from '../sys/in-root.ts';

/** Each mount that cannot be made, with its line. */
export function missingForMounts({ resources, locate }: Pick<LabModel, 'resources' | 'locate'>): Problem[] {
  return resources.flatMap((each) =>
    each.kind !== 'namespace'
      ? []
      : (each.mounts ?? []).flatMap((mount, i) =>
          hindrances(mount, each).map(([key, message]): Problem => {
            const place = locate([...(each.at ?? []), 'mounts', i, key]);
            return { ...place, message, severity: 'error' };
          }),
        ),
  );
}

function hindrances(mount: NodeMount, node: Namespace): (readonly [key: string, message: string])[] {
  const { source, lowers = [], upper, work } = mount;
  const folders = [
    ...lowers.map((path) => ['lower', path] as const),
    ...(upper === undefined ? [] : [['upper', upper] as const]),
    ...(work === undefined ? [] : [['work', work] as const]),
  ];
  return [
    ...(source === undefined || exists(source)
      ? []
      : [['source', `found ${source}, but there is no such file or folder`] as const]),
    ...folders.flatMap(([key, path]) =>
      isFolder(path) ? [] : [[key, `found ${path}, but there is no such folder`] as const],
    ),
    ...targetHindrance(mount, node),
  ];
}

/** What the machine or the source of another mount lacks is not made there for a node. */
function targetHindrance(mount: NodeMount, { mounts = [], rootfs }: Namespace): (readonly [string, string])[] {
  const { target } = mount;
  if (canMake(mount, { mounts, ownRoot: rootfs !== undefined })) return [];
  const around = surrounding(mount, mounts);
  const folder = around?.type === 'bind' ? around.source : around?.upper;
  // What the kernel's own file systems have, only they know.
  if (around !== undefined && folder === undefined) return [];
  const path = around === undefined ? target : target.slice(around.target.length);
  const there = resolveInRoot(folder ?? '/', path);
  if (there !== undefined) return [];
  const where =
    folder === undefined
      ? "this machine has no such path, and on the machine's own root none is made for a node"
      : `${folder} has no ${path}, and nothing is made there for a node`;
  const way =
    folder === undefined ? '; with rootfs: { host: true, copy_on_write: true } the node gets a root of its own' : '';
  return [['target', `found ${target}, but ${where}${way}`]];
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Where the file asks for what the kernel has refused in a node: one of its mounts, or its root. Undefined when it is neither. */
export function placeOfRefusal(
  { at, mounts = [], rootfs }: Namespace,
  { operation, subject }: KeeperError,
): Path | undefined {
  if (at === undefined) return undefined;
  const i = mounts.findIndex(({ target }) => target === subject);
  if (i >= 0) return [...at, 'mounts', i];
  return rootfs !== undefined && OF_ROOTS.has(operation) ? [...at, 'rootfs'] : undefined;
}

/** What is done to put a root together. */
const OF_ROOTS = new Set([
  'overlay',
  'open',
  'root',
  'pivot_root',
  'mkdir',
  'touch',
  'symlink',
  'mknod',
  'mount',
  'remount',
  'idmap',
  'open_tree',
  'move_mount',
]);
