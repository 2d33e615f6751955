/**
 * How a node gets to see its files: each is bound over its path. Where there is nothing to bind over, the folder is first covered
 * by an overlay whose upper layer lies in the keeper's tmpfs; the folder is the node's own from then on.
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { SystemError } from '../errors.ts';
import { ROOTLESS } from '../state/places.ts';
import type { FileTree } from './file-tree.ts';
import { type Mount, reachable, readMounts } from './mounts.ts';
import { MS } from './flags.ts';
import type { ProtocolRecord } from './records.ts';
import { bindFile } from './rootfs.ts';

/** The source of our overlays, by which they are known in a list of mounts. */
const OVERLAY_SOURCE = 'netlab';

/** What a mount for a path looks like. */
export interface Target {
  readonly path: string;
  /** Where it is mounted: the path with its symlinks followed. */
  readonly point: string;
  /** The folder to cover first, for a file that the host does not have. */
  readonly cover?: string;
}

/**
 * Finds out how a path can be given to a node. @throws SystemError when it cannot: it is a folder (EISDIR), it stands below a file
 * (ENOTDIR), or it is new and directly below `/` or below `state`, which a node cannot have a layer over (EPERM).
 */
export function targetOf(path: string, state: string): Target {
  const what = kindOf(path);
  if (what === 'folder') throw new SystemError('mount a file over', 'EISDIR', `${path}, which is a folder`);
  if (what === 'file') return { path, point: realpathSync(path) };
  let above = dirname(path);
  while (kindOf(above) === undefined) above = dirname(above);
  if (kindOf(above) === 'file') throw new SystemError('make', 'ENOTDIR', `${path}: ${above} is a file`);
  const cover = realpathSync(above);
  if (cover === '/' || state === cover || state.startsWith(`${cover}/`)) {
    const why =
      cover === '/' ? 'nothing new can be made directly below /' : `netlab keeps its own state below ${cover}`;
    throw new SystemError('make', 'EPERM', `${path}: this machine has no such file, and ${why}`);
  }
  return { path, point: `${cover}${path.slice(above.length)}`, cover };
}

function kindOf(path: string): 'folder' | 'file' | undefined {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** What a PID 1 that starts does to see all of its node's files. */
export function firstMounts(tree: FileTree, state: string): { overlays: ProtocolRecord[]; binds: ProtocolRecord[] } {
  const targets = tree.paths().map((path) => targetOf(path, state));
  const host = readMounts('/proc/self/mountinfo');
  const overlays = covers(targets).flatMap((folder) => {
    tree.prepareLayer(folder, newIn(folder, targets), []);
    return coverOperations(tree, folder, host);
  });
  return { overlays, binds: targets.map((target) => bind(tree, target)) };
}

/** The same in a root of the node's own, where everything that is missing can be made. */
export function filesInRoot(tree: FileTree): ProtocolRecord[] {
  return tree.paths().flatMap((path) => bindFile(tree.contentOf(path), path));
}

/** Those of a node's files that none of its mounts shows; none where they are not known. */
export function hiddenFiles(
  paths: readonly string[],
  state: string,
  there: readonly Mount[] | undefined,
  ownRoot: boolean,
): string[] {
  if (there === undefined) return [];
  const seen = reachable(there, there);
  // Where a path leads in another root, that root alone says.
  if (ownRoot) return paths.filter((path) => !seen.some(({ root }) => root.endsWith(`/content${path}`)));
  return paths.filter((path) => {
    try {
      const target = targetOf(path, state);
      return !seen.some((mount) => isBound(mount, target));
    } catch {
      // The machine has something else there now; whoever changes the file is told so.
      return false;
    }
  });
}

function isBound({ point, root }: Mount, target: Target): boolean {
  return point === target.point && root.endsWith(`/content${target.path}`);
}

/** A file of netlab's own that stands in every node. */
export interface OwnFile {
  readonly source: string;
  readonly point: string;
}

/** A change of a running node's files, in two steps: between them the layers are prepared. */
export interface Remount {
  readonly before: readonly ProtocolRecord[];
  readonly prepare: () => void;
  readonly after: readonly ProtocolRecord[];
}

/**
 * What a running PID 1 does when files have come and gone. `own` are the files that netlab itself has mounted there: a folder that
 * is covered anew hides them too. `mounts`: where the file has something else mounted; below such a folder that goes, and whoever covers it mounts it again.
 */
export function remount(
  tree: FileTree,
  state: string,
  init: number,
  changed: { readonly come: readonly string[]; readonly gone: readonly string[] },
  own: readonly OwnFile[],
  mounts: readonly string[] = [],
): Remount {
  const kept = tree.paths().map((path) => targetOf(path, state));
  const come = changed.come.map((path) => targetOf(path, state));
  const gone = changed.gone.map((path) => targetOf(path, state));
  const folders = covers([...come, ...gone]);
  const there = readMounts(`/proc/${init}/mountinfo`);
  const covered = there.filter(({ type, source, point }) => isCover(type, source) && folders.includes(point));
  // What stands on a cover goes with it.
  const hidden = new Set(covered.map(({ id }) => id));
  for (const { id, parent } of there) if (hidden.has(parent)) hidden.add(id);
  const left = there.filter(({ id }) => !hidden.has(id));
  const below = (point: string): boolean => folders.some((folder) => point.startsWith(`${folder}/`));
  const again = kept.filter(({ point, path }) => below(point) || changed.come.includes(path));
  const bare = [...gone, ...again].filter((target) => left.some((mount) => isBound(mount, target)));
  // Netlab's own are mounted on the cover; those below it nobody would see again, or would see twice.
  const ownBelow = left.filter(
    (mount) =>
      below(mount.point) && own.some(({ source, point }) => point === mount.point && source.endsWith(mount.root)),
  );
  const said = left.filter(({ point }) => below(point) && mounts.includes(point)).toReversed();
  return {
    before: [...said, ...covered, ...ownBelow, ...bare].map(({ point }) => unmount(point)),
    prepare() {
      for (const folder of folders) tree.prepareLayer(folder, newIn(folder, kept), newIn(folder, gone));
    },
    after: [
      ...folders
        .filter((folder) => kept.some(({ cover }) => cover === folder))
        .flatMap((folder) => coverOperations(tree, folder, readMounts('/proc/self/mountinfo'))),
      ...own
        .filter(({ point }) => below(point))
        .map(({ source, point }): ProtocolRecord => ['mount?', source, point, '', MS.BIND, '']),
      ...again.map((target) => bind(tree, target)),
    ],
  };
}

/** The folders to cover, the outer before the inner. */
function covers(targets: readonly Target[]): string[] {
  return [...new Set(targets.flatMap(({ cover }) => cover ?? []))].toSorted();
}

function newIn(folder: string, targets: readonly Target[]): string[] {
  return targets.flatMap(({ cover, point }) => (cover === folder ? [point.slice(folder.length + 1)] : []));
}

/**
 * Covers a folder. What is mounted below it would be hidden; so it is kept at hand in a second view of the folder, and bound again.
 */
function coverOperations(tree: FileTree, folder: string, host: readonly Mount[]): ProtocolRecord[] {
  const { upper, work } = tree.layerOf(folder);
  const points = [...new Set(host.map(({ point }) => point).filter((point) => point.startsWith(`${folder}/`)))];
  const outer = points.filter((point) => !points.some((other) => point.startsWith(`${other}/`)));
  const data = `lowerdir=${escaped(folder)},upperdir=${escaped(upper)},workdir=${escaped(work)}`;
  const overlay: ProtocolRecord = [
    'mount',
    OVERLAY_SOURCE,
    folder,
    'overlay',
    0,
    `${data}${ROOTLESS || tree.apart ? ',userxattr' : ''}`,
  ];
  if (outer.length === 0) return [overlay];
  const view = `${tree.base}/view`;
  return [
    ['mkdir', view, 0o755],
    ['mount', folder, view, '', MS.BIND | MS.REC, ''],
    overlay,
    ...outer.map((point): ProtocolRecord => [
      'mount?',
      `${view}${point.slice(folder.length)}`,
      point,
      '',
      MS.BIND | MS.REC,
      '',
    ]),
    unmount(view),
  ];
}

/** Colons and commas part the layers and the options of overlayfs. */
function escaped(path: string): string {
  return path.replaceAll(/[\\,:]/g, (mark) => `\\${mark}`);
}

function bind(tree: FileTree, { path, point }: Target): ProtocolRecord {
  return ['mount', tree.contentOf(path), point, '', MS.BIND, ''];
}

function unmount(point: string): ProtocolRecord {
  return ['unmount', point];
}

function isCover(type: string, source: string): boolean {
  return type === 'overlay' && source === OVERLAY_SOURCE;
}
